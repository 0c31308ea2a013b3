-- name: agents.find
SELECT id, org_id, display_name, status, country, created_at, identity, blocked_channels,
       routes
FROM agents WHERE org_id = :org_id AND id = :agent_id;

-- Everything that is asked about the sender and the contact before somebody is reached, in one read.
-- A suspicion is named as the reason of a refusal only when there is no opt-out beside it.
-- name: agents.send_context
SELECT a.status AS agent_status, a.country AS agent_country, a.identity AS identity,
       a.routes AS routes,
       c.address AS address, c.provider AS provider, c.status AS channel_status, o.mode AS org_mode,
       o.postal_address AS postal_address,
       (SELECT s.source FROM suppressions s
        WHERE s.org_id = :org_id AND s.contact_hash = :contact_hash
          AND s.agent_id IN (:agent_id, '*') AND s.channel IN (:channel, '*')
        ORDER BY CASE s.source WHEN 'possible_opt_out' THEN 1 ELSE 0 END LIMIT 1) AS opt_out_source,
       n.consent_type AS consent_type, n.status AS consent_status,
       n.granted_at AS consent_granted_at, n.expires_at AS consent_expires_at,
       CASE WHEN n.source IS NULL AND n.notes IS NULL THEN 0 ELSE 1 END AS consent_evidence,
       EXISTS (SELECT 1 FROM dnc_entries d
               WHERE d.org_id IN (:org_id, '*') AND d.contact_hash = :contact_hash) AS on_dnc_list
FROM agents a
JOIN organizations o ON o.id = a.org_id
LEFT JOIN channels c ON c.org_id = a.org_id AND c.agent_id = a.id AND c.channel = :channel
                    AND c.status <> 'released'
LEFT JOIN consents n ON n.org_id = a.org_id AND n.contact_hash = :contact_hash
                    AND n.agent_id = a.id AND n.channel = :channel
WHERE a.org_id = :org_id AND a.id = :agent_id;

-- name: agents.find_for_webhook
SELECT id, org_id, display_name, status, country, created_at, identity, blocked_channels,
       routes
FROM agents WHERE id = :agent_id;

-- The row that says an agent may still use the address it was told; held until the unit is durable.
-- name: agents.require_active
-- dialect: sqlite
SELECT 1 FROM agents a
JOIN channels c ON c.org_id = a.org_id AND c.agent_id = a.id AND c.channel = :channel
WHERE a.org_id = :org_id AND a.id = :agent_id AND a.status = 'active'
  AND c.status = 'active' AND c.address = :address;

-- name: agents.require_active
-- dialect: postgres
SELECT 1 FROM agents a
JOIN channels c ON c.org_id = a.org_id AND c.agent_id = a.id AND c.channel = :channel
WHERE a.org_id = :org_id AND a.id = :agent_id AND a.status = 'active'
  AND c.status = 'active' AND c.address = :address
FOR SHARE OF a, c;

-- name: agents.list
SELECT id, org_id, display_name, status, country, created_at, identity, blocked_channels,
       routes
FROM agents WHERE org_id = :org_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: agents.starting_with
SELECT id, org_id, display_name, status, country, created_at, identity, blocked_channels,
       routes
FROM agents
WHERE org_id = :org_id AND substr(id, 1, length(:prefix)) = :prefix ORDER BY id LIMIT :limit;

-- name: agents.count_active
SELECT COUNT(*) AS count FROM agents WHERE org_id = :org_id AND status = 'active';

-- name: agents.create
INSERT INTO agents (id, org_id, display_name, status, country, created_at, identity)
VALUES (:agent_id, :org_id, :display_name, :status, :country, :created_at, :identity)
ON CONFLICT DO NOTHING;

-- name: agents.set_status
UPDATE agents SET status = :status WHERE org_id = :org_id AND id = :agent_id;

-- name: agents.deprovision
UPDATE agents SET status = 'deprovisioned'
WHERE org_id = :org_id AND id = :agent_id AND status <> 'deprovisioned';

-- name: agents.set_blocked_channels
UPDATE agents SET blocked_channels = :blocked_channels
WHERE org_id = :org_id AND id = :agent_id AND status <> 'deprovisioned';
