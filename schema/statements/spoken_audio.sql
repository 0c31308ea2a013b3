-- name: spoken_audio.add
INSERT INTO spoken_audio (key, org_id, expires_at) VALUES (:key, :org_id, :expires_at);

-- name: spoken_audio.expired
SELECT key, org_id FROM spoken_audio WHERE expires_at < :now ORDER BY expires_at LIMIT :limit;

-- name: spoken_audio.remove
DELETE FROM spoken_audio WHERE org_id = :org_id AND key = :key;
