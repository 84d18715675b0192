-- What the rules for keys and for Citus ask of every table, read from the catalogue. One row for each breach; no row is good.
-- Partitions are not named: they have what their parent has. Tables in `shared` have no merchant: each node keeps its own.
WITH shared(name) AS (
    VALUES ('recon.schema_migration')
),
-- Without a primary key, because an index kept while a million rows are loaded costs more than the load: at least an index that
-- is made of blocks, not of rows, must begin with mchid.
keyless(name) AS (
    VALUES ('recon.statement_item')
),
tables AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('recon', 'rental') AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
),
own AS (
    SELECT oid, name FROM tables WHERE relkind IN ('r', 'p') AND name NOT IN (SELECT s.name FROM shared s)
),
mchid AS (
    SELECT t.oid, t.name, a.attnum, a.atttypid, a.attnotnull, a.attcollation
    FROM own t LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'mchid' AND NOT a.attisdropped
),
breach(name, what) AS (
    SELECT n.name, 'schema has no tables' FROM (VALUES ('recon'), ('rental')) n(name)
    WHERE NOT EXISTS (SELECT FROM own o WHERE o.name LIKE n.name || '.%')
    UNION ALL
    SELECT name, 'has no column mchid' FROM mchid WHERE attnum IS NULL
    UNION ALL
    SELECT name, 'mchid is not text NOT NULL of the default collation'
    FROM mchid WHERE attnum IS NOT NULL AND (atttypid <> 'text'::regtype OR NOT attnotnull OR attcollation <> 100)
    UNION ALL
    SELECT name, 'has no primary key'
    FROM own t WHERE name NOT IN (SELECT k.name FROM keyless k)
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)
    UNION ALL
    SELECT t.name, 'has neither a primary key nor an index that begins with mchid'
    FROM mchid t WHERE name IN (SELECT k.name FROM keyless k)
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indkey[0] = t.attnum)
    UNION ALL
    SELECT t.name, 'unique key ' || c.relname || ' does not begin with mchid'
    FROM mchid t JOIN pg_index i ON i.indrelid = t.oid AND (i.indisunique OR i.indisexclusion) JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indkey[0] IS DISTINCT FROM t.attnum
    UNION ALL
    SELECT t.name, 'foreign key ' || k.conname || ' does not hold mchid on both sides'
    FROM mchid t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' AND k.conparentid = 0
    WHERE k.confrelid IN (SELECT oid FROM own) AND NOT EXISTS (
        SELECT FROM unnest(k.conkey, k.confkey) AS pair(here, there)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = pair.there
        WHERE pair.here = t.attnum AND a.attname = 'mchid')
    UNION ALL
    SELECT t.name, 'foreign key ' || k.conname || ' sets NULL on delete'
    FROM own t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' AND k.confdeltype = 'n'
    UNION ALL
    SELECT name, 'has no comment' FROM tables t WHERE obj_description(t.oid, 'pg_class') IS NULL
    UNION ALL
    SELECT t.name, 'column ' || a.attname || ' has no comment'
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE col_description(t.oid, a.attnum) IS NULL
    UNION ALL
    SELECT t.name, 'has trigger ' || g.tgname FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT n.nspname || '.' || d.typname, 'is a domain'
    FROM pg_type d JOIN pg_namespace n ON n.oid = d.typnamespace WHERE d.typtype = 'd' AND n.nspname IN ('recon', 'rental')
    UNION ALL
    SELECT t.name, 'column ' || a.attname || ' is a floating point number'
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.atttypid IN ('float4'::regtype, 'float8'::regtype)
    UNION ALL
    SELECT t.name, 'column ' || a.attname || ' is a timestamp without time zone'
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.atttypid = 'timestamp'::regtype
)
SELECT name || ': ' || what FROM breach ORDER BY name, what;
