-- name: mail_ids.find
SELECT mail_id, address, chain, subject_id FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND mail_id = :mail_id;

-- The vendor may have given a mail an id of its own beside ours.
-- name: mail_ids.of_subject
SELECT mail_id, address, chain, subject_id FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND subject_id = :subject_id
ORDER BY created_at DESC LIMIT 1;

-- name: mail_ids.newest_received
SELECT mail_id, address, chain, subject_id FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND address = :address
  AND substr(subject_id, 1, 4) <> 'msg_'
ORDER BY created_at DESC, subject_id DESC LIMIT 1;

-- name: mail_ids.newest
SELECT mail_id, address, chain, subject_id FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND address = :address
ORDER BY created_at DESC, subject_id DESC LIMIT 1;

-- name: mail_ids.add
INSERT INTO mail_ids (org_id, agent_id, mail_id, address, chain, subject_id, created_at)
VALUES (:org_id, :agent_id, :mail_id, :address, :chain, :subject_id, :at)
ON CONFLICT DO NOTHING;

-- name: mail_ids.add_alias
INSERT INTO mail_ids (org_id, agent_id, mail_id, address, chain, subject_id, created_at)
SELECT org_id, agent_id, CAST(:mail_id AS TEXT), address, chain, subject_id, CAST(:at AS BIGINT)
FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND subject_id = :subject_id
ORDER BY created_at LIMIT 1
ON CONFLICT DO NOTHING;
