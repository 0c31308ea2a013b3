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
