-- name: number_pool.list
SELECT org_id, number, country, capabilities, is_default, status, label, provider, vendor_id,
       agent_id, created_at
FROM number_pool WHERE org_id = :org_id ORDER BY created_at, number LIMIT :limit;

-- name: number_pool.add
INSERT INTO number_pool (org_id, number, country, capabilities, is_default, status, label, provider,
                         vendor_id, agent_id, created_at)
VALUES (:org_id, :number, :country, :capabilities, 0, :status, :label, :provider, :vendor_id,
        :agent_id, :created_at)
ON CONFLICT DO NOTHING;

-- name: number_pool.remove
DELETE FROM number_pool WHERE org_id = :org_id AND number = :number;

-- name: number_pool.set_status
UPDATE number_pool SET status = :status WHERE org_id = :org_id AND number = :number;

-- name: number_pool.clear_default
UPDATE number_pool SET is_default = 0 WHERE org_id = :org_id AND is_default = 1;

-- name: number_pool.set_default
UPDATE number_pool SET is_default = 1 WHERE org_id = :org_id AND number = :number;
