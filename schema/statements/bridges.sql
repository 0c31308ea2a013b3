-- name: bridges.find
SELECT id, org_id, agent_id, local_number, caller, destination, label, created_at
FROM bridges WHERE org_id = :org_id AND id = :id;

-- name: bridges.list
SELECT id, org_id, agent_id, local_number, caller, destination, label, created_at
FROM bridges WHERE org_id = :org_id ORDER BY id LIMIT :limit;

-- name: bridges.find_twin
SELECT id, org_id, agent_id, local_number, caller, destination, label, created_at
FROM bridges WHERE org_id = :org_id AND local_number = :local_number AND caller = :caller;

-- A bridge for one caller goes before that for anybody.
-- name: bridges.route
SELECT id, org_id, agent_id, local_number, caller, destination, label, created_at
FROM bridges
WHERE org_id = :org_id AND local_number = :local_number AND caller IN (:caller, '*')
ORDER BY CASE WHEN caller = '*' THEN 1 ELSE 0 END LIMIT 1;

-- name: bridges.create
INSERT INTO bridges (id, org_id, agent_id, local_number, caller, destination, label, created_at)
VALUES (:id, :org_id, :agent_id, :local_number, :caller, :destination, :label, :created_at)
ON CONFLICT DO NOTHING;

-- name: bridges.remove
DELETE FROM bridges WHERE org_id = :org_id AND id = :id;
