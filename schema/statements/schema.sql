-- The schema's own version: one row per migration that ran.
-- name: schema.exists
-- dialect: sqlite
SELECT COUNT(*) AS count FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version';

-- name: schema.exists
-- dialect: postgres
SELECT COUNT(*) AS count FROM information_schema.tables
WHERE table_schema = current_schema() AND table_name = 'schema_version';

-- Tables of whoever used this database before us; those of extensions are nobody's.
-- name: schema.count_tables
-- dialect: sqlite
SELECT COUNT(*) AS count FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~';

-- name: schema.count_tables
-- dialect: postgres
SELECT COUNT(*) AS count FROM pg_class c
WHERE c.relnamespace = CAST(current_schema() AS REGNAMESPACE) AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = CAST('pg_class' AS REGCLASS) AND d.objid = c.oid
                    AND d.deptype = 'e');

-- name: schema.version
SELECT COALESCE(MAX(version), 0) AS version FROM schema_version;
