-- The schema's own version: one row per migration that ran.
-- name: schema.exists
-- dialect: sqlite
SELECT COUNT(*) AS count FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version';

-- name: schema.exists
-- dialect: postgres
SELECT COUNT(*) AS count FROM information_schema.tables
WHERE table_schema = current_schema() AND table_name = 'schema_version';

-- Tables of whoever used this database before us.
-- name: schema.count_tables
-- dialect: sqlite
SELECT COUNT(*) AS count FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~';

-- name: schema.count_tables
-- dialect: postgres
SELECT COUNT(*) AS count FROM information_schema.tables WHERE table_schema = current_schema();

-- name: schema.version
SELECT COALESCE(MAX(version), 0) AS version FROM schema_version;
