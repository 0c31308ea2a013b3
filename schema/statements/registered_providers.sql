-- name: registered_providers.list_all
SELECT org_id, agent_id, slot, provider, config_sealed, created_at
FROM registered_providers ORDER BY org_id, agent_id, slot;

-- name: registered_providers.set
INSERT INTO registered_providers (org_id, agent_id, slot, provider, config_sealed, created_at)
VALUES (:org_id, :agent_id, :slot, :provider, :config_sealed, :created_at)
ON CONFLICT (org_id, agent_id, slot) DO UPDATE
SET provider = excluded.provider, config_sealed = excluded.config_sealed,
    created_at = excluded.created_at;

-- name: registered_providers.reseal
UPDATE registered_providers SET config_sealed = :config_sealed
WHERE org_id = :org_id AND agent_id = :agent_id AND slot = :slot
  AND config_sealed = :config_sealed_before;

-- name: registered_providers.remove
DELETE FROM registered_providers
WHERE org_id = :org_id AND agent_id = :agent_id AND slot = :slot;

-- name: registered_providers.remove_agent
DELETE FROM registered_providers WHERE org_id = :org_id AND agent_id = :agent_id;
