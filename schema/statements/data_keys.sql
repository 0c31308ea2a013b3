-- name: data_keys.newest
SELECT org_id, id, sealed_key, server_key FROM data_keys
WHERE org_id = :org_id ORDER BY id DESC LIMIT 1;

-- name: data_keys.find
SELECT org_id, id, sealed_key, server_key FROM data_keys WHERE org_id = :org_id AND id = :id;

-- Which keys there are, for those who have them in memory.
-- name: data_keys.all
SELECT org_id, id, CAST('' AS TEXT) AS sealed_key, server_key FROM data_keys ORDER BY org_id, id;

-- name: data_keys.count_of_others
SELECT COUNT(*) AS count FROM data_keys WHERE server_key NOT IN (:server_key, :server_key_before);

-- name: data_keys.under
SELECT org_id, id, sealed_key, server_key FROM data_keys
WHERE server_key = :server_key ORDER BY org_id, id;

-- name: data_keys.reseal
UPDATE data_keys SET sealed_key = :sealed_key, server_key = :server_key
WHERE org_id = :org_id AND id = :id AND server_key = :server_key_before;

-- name: data_keys.add
INSERT INTO data_keys (org_id, id, sealed_key, server_key, created_at)
VALUES (:org_id, :id, :sealed_key, :server_key, :at);

-- name: data_keys.destroy
DELETE FROM data_keys WHERE org_id = :org_id RETURNING id;
