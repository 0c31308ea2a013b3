-- name: contact_addresses.find
SELECT contact_id FROM contact_addresses
WHERE org_id = :org_id AND agent_id = :agent_id AND address = :address;

-- name: contact_addresses.of_contact
SELECT address FROM contact_addresses
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_id = :contact_id
ORDER BY linked_at, address;

-- name: contact_addresses.add
INSERT INTO contact_addresses (org_id, agent_id, address, contact_id, linked_at)
VALUES (:org_id, :agent_id, :address, :contact_id, :at)
ON CONFLICT DO NOTHING;

-- name: contact_addresses.merge
UPDATE contact_addresses SET contact_id = :into
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_id = :contact_id;

-- name: contact_addresses.remove
DELETE FROM contact_addresses
WHERE org_id = :org_id AND agent_id = :agent_id AND address = :address;

-- One address alone is a contact without a row.
-- name: contact_addresses.remove_last
DELETE FROM contact_addresses
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_id = :contact_id
  AND 1 = (SELECT COUNT(*) FROM contact_addresses c
           WHERE c.org_id = :org_id AND c.agent_id = :agent_id AND c.contact_id = :contact_id);

-- Incoming calls are in the inbox too; they stand here once, as calls.
-- name: threads.entries
SELECT at, kind, direction, channel, id, state FROM (
  SELECT received_at AS at, 'message' AS kind, 'inbound' AS direction, channel, id,
         CASE WHEN acknowledged_at IS NULL THEN 'waiting' ELSE 'acknowledged' END AS state
  FROM inbox
  WHERE org_id = :org_id AND agent_id = :agent_id AND thread_address = :address
    AND inbox.direction IS NULL AND channel <> 'voice' AND received_at <= :before
    AND (received_at < :before OR id < :before_id)
  ORDER BY received_at DESC, id DESC LIMIT :limit) incoming
UNION ALL
SELECT at, kind, direction, channel, id, state FROM (
  SELECT created_at AS at, 'message' AS kind, 'outbound' AS direction, channel, id, state
  FROM messages
  WHERE org_id = :org_id AND agent_id = :agent_id AND lower(to_address) = :address
    AND copy_of IS NULL AND created_at <= :before
    AND (created_at < :before OR id < :before_id)
  ORDER BY created_at DESC, id DESC LIMIT :limit) outgoing
UNION ALL
SELECT at, kind, direction, channel, id, state FROM (
  SELECT created_at AS at, 'call' AS kind, direction, 'voice' AS channel, id, state
  FROM calls
  WHERE org_id = :org_id AND agent_id = :agent_id AND from_address = :address
    AND direction = 'inbound' AND created_at <= :before
    AND (created_at < :before OR id < :before_id)
  ORDER BY created_at DESC, id DESC LIMIT :limit) calls_in
UNION ALL
SELECT at, kind, direction, channel, id, state FROM (
  SELECT created_at AS at, 'call' AS kind, direction, 'voice' AS channel, id, state
  FROM calls
  WHERE org_id = :org_id AND agent_id = :agent_id AND to_address = :address
    AND direction = 'outbound' AND created_at <= :before
    AND (created_at < :before OR id < :before_id)
  ORDER BY created_at DESC, id DESC LIMIT :limit) calls_out
ORDER BY at DESC, id DESC LIMIT :limit;
