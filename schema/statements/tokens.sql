-- name: tokens.find_by_hash
SELECT t.id, t.org_id, t.agent_id, t.role, t.secret_hash, t.label, t.created_at, t.expires_at,
       t.revoked_at, t.last_used_at, t.scopes, t.toolsets, t.audience, t.grant_id,
       o.status AS organization_status
FROM tokens t LEFT JOIN organizations o ON o.id = t.org_id
WHERE t.secret_hash = :secret_hash;

-- name: tokens.list
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at, scopes, toolsets, audience, grant_id
FROM tokens WHERE org_id = :org_id ORDER BY id DESC;

-- name: tokens.list_agent
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at, scopes, toolsets, audience, grant_id
FROM tokens WHERE org_id = :org_id AND agent_id = :agent_id AND revoked_at IS NULL
ORDER BY id DESC;

-- name: tokens.list_orchestrator
SELECT id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, revoked_at,
       last_used_at, scopes, toolsets, audience, grant_id
FROM tokens WHERE org_id IS NULL ORDER BY id DESC;

-- name: tokens.create
INSERT INTO tokens (id, org_id, agent_id, role, secret_hash, label, created_at, expires_at, scopes,
                    toolsets, audience, grant_id)
VALUES (:token_id, :org_id, :agent_id, :role, :secret_hash, :label, :created_at, :expires_at,
        :scopes, :toolsets, :audience, :grant_id)
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

-- name: tokens.revoke_derived
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND revoked_at IS NULL
  AND grant_id IN (SELECT id FROM oauth_grants
                   WHERE org_id = :org_id AND source_token_id = :token_id);

-- Of the grant that an access token came of; others have no audience.
-- name: tokens.revoke_siblings
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND revoked_at IS NULL
  AND grant_id = (SELECT grant_id FROM tokens
                  WHERE org_id = :org_id AND id = :token_id AND audience IS NOT NULL);

-- agent_id NULL: of the whole organization.
-- name: tokens.revoke_granted
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND revoked_at IS NULL
  AND grant_id IN (SELECT id FROM oauth_grants
                   WHERE org_id = :org_id
                     AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id));

-- name: tokens.revoke_grant
UPDATE tokens SET revoked_at = :at
WHERE org_id = :org_id AND grant_id = :grant_id AND revoked_at IS NULL;
