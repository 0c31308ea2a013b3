-- name: organizations.find
SELECT id, name, mode, status, created_at FROM organizations WHERE id = :org_id;

-- name: organizations.list
SELECT id, name, mode, status, created_at FROM organizations ORDER BY id;

-- name: organizations.create
INSERT INTO organizations (id, name, mode, status, created_at)
VALUES (:org_id, :name, :mode, :status, :created_at)
ON CONFLICT DO NOTHING;

-- name: organizations.set_mode
UPDATE organizations SET mode = :mode WHERE id = :org_id;

-- name: organizations.set_status
UPDATE organizations SET status = :status WHERE id = :org_id;
