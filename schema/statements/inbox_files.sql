-- name: inbox_files.add
INSERT INTO inbox_files (id, org_id, agent_id, item_id, position, content)
VALUES (:id, :org_id, :agent_id, :item_id, :position, :content);

-- name: inbox_files.find
SELECT id, content FROM inbox_files
WHERE org_id = :org_id AND agent_id = :agent_id AND item_id = :item_id AND position = :position;

-- name: inbox_files.remove
DELETE FROM inbox_files
WHERE org_id = :org_id AND agent_id = :agent_id AND item_id = :item_id AND position = :position;
