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

-- name: number_pool.set_agent
UPDATE number_pool SET agent_id = :agent_id WHERE org_id = :org_id AND number = :number;

-- name: number_pool.set_owners
UPDATE number_pool SET provider = :provider WHERE org_id = :org_id AND number = :number;

-- Of the organization, in its pool or an agent's own.
-- name: number_pool.require_known
SELECT 1 WHERE EXISTS (SELECT 1 FROM number_pool WHERE org_id = :org_id AND number = :number)
            OR EXISTS (SELECT 1 FROM channels
                       WHERE org_id = :org_id AND address = :number AND channel IN ('sms', 'voice')
                         AND status <> 'released');

-- name: number_pool.clear_default
UPDATE number_pool SET is_default = 0 WHERE org_id = :org_id AND is_default = 1;

-- name: number_pool.set_default
UPDATE number_pool SET is_default = 1 WHERE org_id = :org_id AND number = :number;

-- Whose the number at which something came in is, in one read: an agent's own, or one of the pool,
-- with who last wrote to the contact from there and who gets the rest. Agents that are gone get
-- nothing.
-- name: number_pool.route
SELECT c.agent_id AS owner, n.number AS pooled,
       (SELECT t.agent_id FROM number_threads t
        JOIN agents a ON a.org_id = t.org_id AND a.id = t.agent_id
                     AND a.status <> 'deprovisioned'
        WHERE t.org_id = n.org_id AND t.number = n.number
          AND t.contact_hash = :contact_hash) AS last_agent,
       (SELECT a.id FROM agents a
        WHERE a.org_id = n.org_id AND a.id = n.agent_id
          AND a.status <> 'deprovisioned') AS default_agent
FROM (SELECT 1 AS one) x
LEFT JOIN channels c ON c.channel = :channel AND c.address = :address AND c.org_id = :org_id
                    AND c.status <> 'released'
LEFT JOIN number_pool n ON n.org_id = :org_id AND n.number = :address;

-- Held until the unit is durable.
-- name: number_pool.require_active
-- dialect: sqlite
SELECT 1 FROM number_pool
WHERE org_id = :org_id AND number = :number AND status = 'active';

-- name: number_pool.require_active
-- dialect: postgres
SELECT 1 FROM number_pool
WHERE org_id = :org_id AND number = :number AND status = 'active' FOR SHARE;

-- name: number_threads.set
INSERT INTO number_threads (org_id, number, contact_hash, agent_id, at)
VALUES (:org_id, :number, :contact_hash, :agent_id, :at)
ON CONFLICT (org_id, number, contact_hash) DO UPDATE
SET agent_id = excluded.agent_id, at = excluded.at;
