-- The merchant of bench-gen. `payrecon merchant add` would ask for its keys, and nothing is fetched here.
INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at)
VALUES (:'mchid', '基准测试', 'DIRECT', 6000, :'day', '2026-01-01T00:00:00Z');
INSERT INTO recon.merchant_app (mchid, appid)
VALUES (:'mchid', 'wxa1b2c3d4e5f60718'), (:'mchid', 'wx0918273645afbecd');
