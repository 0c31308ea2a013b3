-- name: provider_overrides.find
SELECT org_id, agent_id, slot, provider, created_at
FROM provider_overrides
WHERE org_id = :org_id AND slot = :slot AND agent_id IN (:agent_id, '*')
ORDER BY CASE WHEN agent_id = '*' THEN 1 ELSE 0 END LIMIT 1;

-- name: provider_overrides.list
SELECT org_id, agent_id, slot, provider, created_at
FROM provider_overrides WHERE org_id = :org_id ORDER BY agent_id, slot;

-- name: provider_overrides.set
INSERT INTO provider_overrides (org_id, agent_id, slot, provider, created_at)
VALUES (:org_id, :agent_id, :slot, :provider, :created_at)
ON CONFLICT (org_id, agent_id, slot) DO UPDATE
SET provider = excluded.provider, created_at = excluded.created_at;

-- name: provider_overrides.clear
DELETE FROM provider_overrides
WHERE org_id = :org_id AND agent_id = :agent_id AND slot = :slot;
