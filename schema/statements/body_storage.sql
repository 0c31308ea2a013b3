-- name: body_storage.all
SELECT org_id, agent_id, days FROM body_storage;

-- name: body_storage.set
INSERT INTO body_storage (org_id, agent_id, days, updated_at)
VALUES (:org_id, :agent_id, :days, :at)
ON CONFLICT (org_id, agent_id) DO UPDATE
SET days = excluded.days, updated_at = excluded.updated_at;

-- Back to what is above it: the organization's choice, or the configuration.
-- name: body_storage.unset
DELETE FROM body_storage WHERE org_id = :org_id AND agent_id = :agent_id;
