-- name: suppressions.find
SELECT org_id, agent_id, channel, contact_hash, source, created_at
FROM suppressions
WHERE org_id = :org_id AND contact_hash = :contact_hash
  AND agent_id IN (:agent_id, '*') AND channel IN (:channel, '*')
ORDER BY created_at LIMIT 1;

-- name: suppressions.list
SELECT org_id, agent_id, channel, contact_hash, source, created_at
FROM suppressions
WHERE org_id = :org_id AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id)
ORDER BY created_at DESC LIMIT :limit;

-- name: suppressions.add
INSERT INTO suppressions (org_id, agent_id, channel, contact_hash, source, created_at)
VALUES (:org_id, :agent_id, :channel, :contact_hash, :source, :created_at)
ON CONFLICT DO NOTHING;

-- name: suppressions.remove
DELETE FROM suppressions
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel
  AND contact_hash = :contact_hash;
