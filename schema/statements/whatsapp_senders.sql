-- name: whatsapp_senders.list
SELECT org_id, number, sender_id, provider, status, agent_id, created_at
FROM whatsapp_senders WHERE org_id = :org_id ORDER BY created_at, number;

-- name: whatsapp_senders.available
SELECT org_id, number, sender_id, provider, status, agent_id, created_at
FROM whatsapp_senders
WHERE org_id = :org_id AND status = 'available' ORDER BY created_at, number LIMIT :limit;

-- name: whatsapp_senders.add
INSERT INTO whatsapp_senders (org_id, number, sender_id, provider, status, created_at)
VALUES (:org_id, :number, :sender_id, :provider, :status, :created_at)
ON CONFLICT DO NOTHING;

-- name: whatsapp_senders.assign
UPDATE whatsapp_senders SET status = 'assigned', agent_id = :agent_id
WHERE org_id = :org_id AND number = :number AND status = 'available';

-- One that is gone at the vendor leaves the pool at the next look.
-- name: whatsapp_senders.give_back
UPDATE whatsapp_senders
SET status = CASE status WHEN 'assigned' THEN 'available' ELSE status END, agent_id = NULL
WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: whatsapp_senders.set_status
UPDATE whatsapp_senders SET status = :status
WHERE org_id = :org_id AND number = :number AND COALESCE(agent_id, '') = :agent_id
  AND status = :status_before;

-- name: whatsapp_senders.organizations
SELECT DISTINCT org_id FROM whatsapp_senders ORDER BY org_id;

-- name: whatsapp_senders.remove
DELETE FROM whatsapp_senders
WHERE org_id = :org_id AND number = :number AND agent_id IS NULL;
