-- name: spoken_audio.add
INSERT INTO spoken_audio (key, org_id, expires_at) VALUES (:key, :org_id, :expires_at);

-- name: spoken_audio.set_subject
UPDATE spoken_audio SET subject_id = :subject_id WHERE org_id = :org_id AND key = :key;

-- What is too old, and what nobody plays any more: its call has ended, or its message was delivered
-- or came to nothing. :ended_before is where that ends, unless the server keeps what was said; what
-- is kept goes by age, which a legal hold stops.
-- name: spoken_audio.expired
SELECT s.key, s.org_id FROM spoken_audio s
LEFT JOIN calls c ON c.org_id = s.org_id AND c.id = s.subject_id
LEFT JOIN messages m ON m.org_id = s.org_id AND m.id = s.subject_id
WHERE (s.expires_at < :now
       AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = s.org_id))
   OR c.ended_at < :ended_before
   OR (m.state IN ('delivered', 'read', 'undelivered', 'failed', 'cancelled')
       AND m.updated_at < :ended_before)
ORDER BY s.expires_at LIMIT :limit;

-- name: spoken_audio.remove
DELETE FROM spoken_audio WHERE org_id = :org_id AND key = :key;
