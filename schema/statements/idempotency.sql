-- name: idempotency.find
SELECT org_id, agent_id, tool, key, arguments_hash, message_id, created_at
FROM idempotency
WHERE org_id = :org_id AND agent_id = :agent_id AND tool = :tool AND key = :key;

-- name: idempotency.claim
INSERT INTO idempotency (org_id, agent_id, tool, key, arguments_hash, message_id, created_at)
VALUES (:org_id, :agent_id, :tool, :key, :arguments_hash, :message_id, :created_at)
ON CONFLICT DO NOTHING;

-- name: idempotency.purge
DELETE FROM idempotency WHERE (org_id, agent_id, tool, key) IN (
  SELECT org_id, agent_id, tool, key FROM idempotency WHERE created_at < :before
  ORDER BY created_at LIMIT :limit);

-- A claim on content instead of on a key: one that is older than the window is taken over.
-- name: idempotency.claim_window
INSERT INTO idempotency (org_id, agent_id, tool, key, arguments_hash, message_id, created_at)
VALUES (:org_id, :agent_id, :tool, :key, :arguments_hash, :message_id, :created_at)
ON CONFLICT (org_id, agent_id, tool, key) DO UPDATE
SET message_id = excluded.message_id, created_at = excluded.created_at
WHERE idempotency.created_at < :since;

-- name: idempotency.release
DELETE FROM idempotency
WHERE org_id = :org_id AND agent_id = :agent_id AND tool = :tool AND key = :key
  AND message_id = :message_id;
