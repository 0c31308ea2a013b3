-- name: agent_media.find
SELECT org_id, agent_id, persistent, quota_bytes, retention_days, used_bytes FROM agent_media
WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: agent_media.set
INSERT INTO agent_media (org_id, agent_id, persistent, quota_bytes, retention_days, updated_at)
VALUES (:org_id, :agent_id, :persistent, :quota_bytes, :retention_days, :at)
ON CONFLICT (org_id, agent_id) DO UPDATE
SET persistent = excluded.persistent, quota_bytes = excluded.quota_bytes,
    retention_days = excluded.retention_days, updated_at = excluded.updated_at;

-- For the files that are there already, when the days are changed.
-- name: media.set_days
UPDATE media SET expires_at = created_at + CAST(:days AS BIGINT) * CAST(86400000 AS BIGINT)
WHERE org_id = :org_id AND agent_id = :agent_id;

-- The row is locked, so that of many at once no more pass than the quota has room for.
-- name: agent_media.take
UPDATE agent_media SET used_bytes = used_bytes + :bytes
WHERE org_id = :org_id AND agent_id = :agent_id
  AND used_bytes + :bytes <= COALESCE(quota_bytes, CAST(:default_quota AS BIGINT));

-- name: agent_media.give_back
UPDATE agent_media SET used_bytes = used_bytes - :bytes
WHERE org_id = :org_id AND agent_id = :agent_id;

-- Nothing for an agent whose files are passed through.
-- name: media.add
INSERT INTO media (id, org_id, agent_id, item_id, position, channel, provider, state,
                   next_attempt_at, created_at, expires_at)
SELECT CAST(:id AS TEXT), m.org_id, m.agent_id, CAST(:item_id AS TEXT), CAST(:position AS BIGINT),
       CAST(:channel AS TEXT), CAST(:provider AS TEXT), 'waiting',
       CAST(:at AS BIGINT), CAST(:at AS BIGINT),
       CAST(:at AS BIGINT)
         + COALESCE(m.retention_days, CAST(:default_days AS BIGINT)) * CAST(86400000 AS BIGINT)
FROM agent_media m
WHERE m.org_id = :org_id AND m.agent_id = :agent_id AND m.persistent = 1
ON CONFLICT DO NOTHING;

-- name: media.of_item
SELECT id, org_id, agent_id, item_id, position, channel, provider, state, bytes, attempts
FROM media
WHERE org_id = :org_id AND agent_id = :agent_id AND item_id = :item_id AND position = :position;

-- name: media.totals
SELECT state, COUNT(*) AS count FROM media
WHERE org_id = :org_id AND agent_id = :agent_id GROUP BY state;

-- name: media.any_due
SELECT 1 AS due FROM media WHERE next_attempt_at <= :now LIMIT 1;

-- A worker that takes a row puts it ahead by the length of its lease, so that a row whose worker
-- died comes due again.
-- name: media.claim
-- dialect: sqlite
UPDATE media SET attempts = attempts + 1, next_attempt_at = :lease_until
WHERE id IN (SELECT id FROM media WHERE next_attempt_at <= :now
             ORDER BY next_attempt_at LIMIT :limit)
RETURNING id, org_id, agent_id, item_id, position, channel, provider, state, bytes, attempts;

-- name: media.claim
-- dialect: postgres
UPDATE media SET attempts = attempts + 1, next_attempt_at = :lease_until
WHERE id IN (SELECT id FROM media WHERE next_attempt_at <= :now
             ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, org_id, agent_id, item_id, position, channel, provider, state, bytes, attempts;

-- name: media.set_storing
UPDATE media SET state = 'storing', bytes = :bytes
WHERE org_id = :org_id AND id = :id AND state = 'waiting' AND attempts = :attempts;

-- The end of an attempt; next_attempt_at NULL when it was the last.
-- name: media.finish
UPDATE media SET state = :state, next_attempt_at = :next_attempt_at, error_code = :error_code
WHERE org_id = :org_id AND id = :id AND attempts = :attempts;

-- name: media.removable
SELECT id, org_id, agent_id, item_id, position, channel, provider, state, bytes, attempts
FROM media WHERE item_id IS NULL
UNION
SELECT id, org_id, agent_id, item_id, position, channel, provider, state, bytes, attempts
FROM media m
WHERE expires_at < :now
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = m.org_id)
LIMIT :limit;

-- Not while a worker stores it: the object would come after its row is gone.
-- name: media.remove
DELETE FROM media
WHERE org_id = :org_id AND id = :id AND attempts = :attempts
  AND (state <> 'storing' OR next_attempt_at <= :now);
