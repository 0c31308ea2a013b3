-- Comes before audit.add in a unit. SQLite has one writer anyway.
-- name: audit.lock
-- dialect: sqlite
SELECT 1;

-- Makes the numbers gapless across workers; held until the group commits. A statement of its own,
-- because one that waits for the lock has taken its snapshot before.
-- name: audit.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(4801);

-- The sequence is one more than the last, read in the transaction that adds the row: no gap is left
-- by a unit that is undone. The leaf covers the sequence, so it is computed here, where it is
-- known. comms_sha256 is a function of the sqlite plugin: SHA-256 over its arguments in a row.
-- name: audit.add
-- dialect: sqlite
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT COALESCE(MAX(sequence), 0) + 1, :id, :at, :org_id, :actor, :action, :target, :details_json,
       comms_sha256(x'00', printf('%016x', COALESCE(MAX(sequence), 0) + 1), :fields)
FROM audit;

-- name: audit.add
-- dialect: postgres
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT COALESCE(MAX(sequence), 0) + 1, :id, CAST(:at AS BIGINT), :org_id, :actor, :action, :target,
       :details_json,
       sha256('\x00'::bytea ||
              convert_to(lpad(to_hex(COALESCE(MAX(sequence), 0) + 1), 16, '0'), 'UTF8') ||
              CAST(:fields AS BYTEA))
FROM audit;

-- name: audit.list
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE org_id = :org_id AND sequence > :after ORDER BY sequence LIMIT :limit;

-- name: audit.list_all
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE sequence > :after ORDER BY sequence LIMIT :limit;
