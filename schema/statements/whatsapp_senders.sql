-- name: whatsapp_senders.list
SELECT org_id, number, sender_id, provider, status, agent_id, created_at
FROM whatsapp_senders WHERE org_id = :org_id ORDER BY created_at, number;

-- name: whatsapp_senders.available
SELECT org_id, number, sender_id, provider, status, agent_id, created_at
FROM whatsapp_senders
WHERE org_id = :org_id AND status = 'available' ORDER BY created_at, number LIMIT :limit;

-- name: whatsapp_senders.add
INSERT INTO whatsapp_senders (org_id, number, sender_id, provider, status, created_at)
VALUES (:org_id, :number, :sender_id, :provider, 'available', :created_at)
ON CONFLICT DO NOTHING;

-- name: whatsapp_senders.assign
UPDATE whatsapp_senders SET status = 'assigned', agent_id = :agent_id
WHERE org_id = :org_id AND number = :number AND status = 'available';

-- name: whatsapp_senders.give_back
UPDATE whatsapp_senders SET status = 'available', agent_id = NULL
WHERE org_id = :org_id AND agent_id = :agent_id AND status = 'assigned';

-- name: whatsapp_senders.remove
DELETE FROM whatsapp_senders
WHERE org_id = :org_id AND number = :number AND status = 'available';
