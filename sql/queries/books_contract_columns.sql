-- Columns of the contract's views as they are, and whether we may read them.
-- params: none
-- columns: view_name text, column_name text, type_name text, readable bool
SELECT c.relname::text AS view_name, a.attname::text AS column_name,
       pg_catalog.format_type(a.atttypid, NULL) AS type_name,
       pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
  FROM pg_catalog.pg_namespace n
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = 'rental'
