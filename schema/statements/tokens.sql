-- name: tokens.find_by_hash
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at
FROM tokens WHERE secret_hash = :secret_hash;

-- name: tokens.list
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at
FROM tokens WHERE org_id = :org_id ORDER BY id DESC;

-- name: tokens.list_orchestrator
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at
FROM tokens WHERE org_id IS NULL ORDER BY id DESC;

-- name: tokens.create
INSERT INTO tokens (id, org_id, agent_id, role, secret_hash, label, created_at, expires_at)
VALUES (:token_id, :org_id, :agent_id, :role, :secret_hash, :label, :created_at, :expires_at)
ON CONFLICT DO NOTHING;

-- name: tokens.revoke
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND id = :token_id AND revoked_at IS NULL;

-- name: tokens.revoke_orchestrator
UPDATE tokens SET revoked_at = :at
WHERE org_id IS NULL AND id = :token_id AND revoked_at IS NULL;

-- name: tokens.revoke_agent
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND revoked_at IS NULL;

-- name: tokens.touch
UPDATE tokens SET last_used_at = :at WHERE org_id = :org_id AND id = :token_id;

-- name: tokens.touch_orchestrator
UPDATE tokens SET last_used_at = :at WHERE org_id IS NULL AND id = :token_id;
