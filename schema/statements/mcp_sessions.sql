-- name: mcp_sessions.find
SELECT wishes_json, ended_at FROM mcp_sessions WHERE org_id = :org_id AND id = :id;

-- name: mcp_sessions.save
INSERT INTO mcp_sessions (org_id, id, wishes_json, expires_at)
VALUES (:org_id, :id, :wishes_json, :expires_at)
ON CONFLICT (org_id, id) DO UPDATE
SET wishes_json = excluded.wishes_json, expires_at = excluded.expires_at
WHERE mcp_sessions.ended_at IS NULL;

-- name: mcp_sessions.end
INSERT INTO mcp_sessions (org_id, id, ended_at, expires_at)
VALUES (:org_id, :id, :at, :expires_at)
ON CONFLICT (org_id, id) DO UPDATE
SET wishes_json = NULL, ended_at = excluded.ended_at, expires_at = excluded.expires_at
WHERE mcp_sessions.ended_at IS NULL;

-- name: mcp_sessions.use_state
INSERT INTO mcp_used_states (org_id, id, expires_at) VALUES (:org_id, :id, :expires_at)
ON CONFLICT DO NOTHING;

-- name: mcp_sessions.purge
DELETE FROM mcp_sessions WHERE (org_id, id) IN (
  SELECT org_id, id FROM mcp_sessions WHERE expires_at < :before ORDER BY expires_at LIMIT :limit);

-- name: mcp_sessions.purge_states
DELETE FROM mcp_used_states WHERE (org_id, id) IN (
  SELECT org_id, id FROM mcp_used_states WHERE expires_at < :before
  ORDER BY expires_at LIMIT :limit);
