-- name: inbox.list
SELECT sequence, id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
       subject, body, html, media_json, extra_json, received_at, acknowledged_at
FROM inbox
WHERE org_id = :org_id AND agent_id = :agent_id AND sequence > :after
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel)
ORDER BY sequence LIMIT :limit;

-- name: inbox.list_waiting
SELECT sequence, id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
       subject, body, html, media_json, extra_json, received_at, acknowledged_at
FROM inbox
WHERE org_id = :org_id AND agent_id = :agent_id AND sequence > :after
  AND acknowledged_at IS NULL
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel)
ORDER BY sequence LIMIT :limit;

-- name: inbox.from_contact
SELECT sequence, id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
       subject, body, html, media_json, extra_json, received_at, acknowledged_at
FROM inbox
WHERE org_id = :org_id AND agent_id = :agent_id AND from_address = :contact
ORDER BY sequence DESC LIMIT :limit;

-- name: inbox.find
SELECT sequence, id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
       subject, body, html, media_json, extra_json, received_at, acknowledged_at
FROM inbox WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id;

-- name: inbox.count_waiting
SELECT COUNT(*) AS count FROM inbox
WHERE org_id = :org_id AND agent_id = :agent_id AND acknowledged_at IS NULL;

-- name: inbox.add
INSERT INTO inbox (id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
                   subject, body, html, media_json, extra_json, received_at)
VALUES (:id, :org_id, :agent_id, :channel, :provider, :vendor_id, :from_address, :to_address,
        :subject, :body, :html, :media_json, :extra_json, :received_at)
RETURNING sequence;

-- name: inbox.acknowledge
UPDATE inbox SET acknowledged_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id AND acknowledged_at IS NULL;

-- name: inbox.acknowledge_up_to
UPDATE inbox SET acknowledged_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND sequence <= :sequence
  AND acknowledged_at IS NULL
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel);

-- name: inbox.purge
DELETE FROM inbox WHERE sequence IN (
  SELECT sequence FROM inbox WHERE acknowledged_at < :before ORDER BY acknowledged_at
  LIMIT :limit);
