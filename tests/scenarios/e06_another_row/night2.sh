# The payment was missing in both bills of the first night.
echo '{"payment":{"mchid":"1900000109","appid":"wx8d1f2a90c4e7b653","out_trade_no":"X051001","transaction_id":"4200002026051000000000000091","openid":"oX051001","time":"2026-05-10T15:00:00+08:00","total_fen":2600,"body":"租金"}}' >>"$work/world/world.jsonl"
tell reload
