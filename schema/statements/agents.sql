-- name: agents.find
SELECT id, org_id, display_name, status, country, created_at
FROM agents WHERE org_id = :org_id AND id = :agent_id;

-- name: agents.find_for_webhook
SELECT id, org_id, display_name, status, country, created_at FROM agents WHERE id = :agent_id;

-- name: agents.list
SELECT id, org_id, display_name, status, country, created_at
FROM agents WHERE org_id = :org_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: agents.count_active
SELECT COUNT(*) AS count FROM agents WHERE org_id = :org_id AND status = 'active';

-- name: agents.create
INSERT INTO agents (id, org_id, display_name, status, country, created_at)
VALUES (:agent_id, :org_id, :display_name, :status, :country, :created_at)
ON CONFLICT DO NOTHING;

-- name: agents.set_status
UPDATE agents SET status = :status WHERE org_id = :org_id AND id = :agent_id;
