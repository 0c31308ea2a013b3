-- The sequence is one more than the last, read in the transaction that adds the row: no gap is left
-- by a unit that is undone. The leaf covers the sequence, so it is computed here, where it is
-- known. comms_sha256 is a function of the sqlite plugin: SHA-256 over its arguments in a row.
-- name: audit.add
-- dialect: sqlite
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT COALESCE(MAX(sequence), 0) + 1, :id, :at, :org_id, :actor, :action, :target, :details_json,
       comms_sha256(x'00', printf('%016x', COALESCE(MAX(sequence), 0) + 1), :fields)
FROM audit;

-- The lock makes the numbers gapless across workers; it is held until the group commits.
-- name: audit.add
-- dialect: postgres
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(4801)),
     last AS (SELECT COALESCE(MAX(sequence), 0) + 1 AS sequence FROM audit, held)
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT sequence, :id, :at, :org_id, :actor, :action, :target, :details_json,
       sha256('\x00'::bytea || convert_to(lpad(to_hex(sequence), 16, '0'), 'UTF8') || :fields)
FROM last;

-- name: audit.list
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE org_id = :org_id AND sequence > :after ORDER BY sequence LIMIT :limit;

-- name: audit.list_all
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE sequence > :after ORDER BY sequence LIMIT :limit;
