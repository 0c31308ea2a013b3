-- name: one_time_codes.newest
SELECT id, code_hash, guesses, created_at, expires_at, used_at
FROM one_time_codes
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash
ORDER BY id DESC LIMIT 1;

-- Held until the unit is durable, so that of two requests one counts the other's code.
-- name: one_time_codes.lock
-- dialect: sqlite
SELECT :org_id, :contact_hash;

-- name: one_time_codes.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(
  hashtextextended(CAST(:org_id AS TEXT) || ' ' || CAST(:contact_hash AS TEXT), 4803));

-- Its place among the codes of the hour is counted and taken in one step, behind the lock.
-- name: one_time_codes.create
INSERT INTO one_time_codes (id, org_id, agent_id, contact_hash, code_hash, guesses, created_at,
                            expires_at)
SELECT :id, :org_id, :agent_id, :contact_hash, :code_hash, 0, CAST(:created_at AS BIGINT),
       CAST(:expires_at AS BIGINT)
WHERE (SELECT COUNT(*) FROM one_time_codes
       WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash
         AND created_at > :since) < CAST(:most AS BIGINT);

-- A guess is counted before it is looked at, so that guesses made at once cannot share one count.
-- Only the newest code counts.
-- name: one_time_codes.guess
UPDATE one_time_codes SET guesses = guesses + 1
WHERE org_id = :org_id AND guesses < CAST(:most AS BIGINT) AND used_at IS NULL AND expires_at > :now
  AND id = (SELECT id FROM one_time_codes
            WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash
            ORDER BY id DESC LIMIT 1)
RETURNING id, code_hash;

-- name: one_time_codes.use
UPDATE one_time_codes SET used_at = :now WHERE org_id = :org_id AND id = :id AND used_at IS NULL;
