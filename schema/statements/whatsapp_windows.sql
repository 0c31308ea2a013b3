-- name: whatsapp_windows.find
SELECT opened_at FROM whatsapp_windows
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash;

-- name: whatsapp_windows.open
INSERT INTO whatsapp_windows (org_id, agent_id, contact_hash, opened_at)
VALUES (:org_id, :agent_id, :contact_hash, :at)
ON CONFLICT (org_id, agent_id, contact_hash) DO UPDATE
SET opened_at = excluded.opened_at WHERE whatsapp_windows.opened_at < excluded.opened_at;
