-- name: oauth.find_client
SELECT id, kind, name, redirect_uris_json, created_at, expires_at
FROM oauth_clients WHERE id = :client_id AND expires_at > :at;

-- name: oauth.count_clients
SELECT COUNT(*) AS count FROM oauth_clients WHERE kind = :kind AND expires_at > :at;

-- name: oauth.save_client
INSERT INTO oauth_clients (id, kind, name, redirect_uris_json, created_at, expires_at)
VALUES (:client_id, :kind, :name, :redirect_uris_json, :created_at, :expires_at)
ON CONFLICT (id) DO UPDATE SET name = excluded.name,
  redirect_uris_json = excluded.redirect_uris_json, expires_at = excluded.expires_at;

-- name: oauth.keep_client
UPDATE oauth_clients SET expires_at = :expires_at WHERE id = :client_id AND kind = 'registered';

-- name: oauth.create_grant
INSERT INTO oauth_grants (id, client_id, org_id, agent_id, role, scopes, toolsets, resource,
                          source_token_id, created_at, expires_at)
VALUES (:grant_id, :client_id, :org_id, :agent_id, :role, :scopes, :toolsets, :resource,
        :source_token_id, :created_at, :expires_at);

-- name: oauth.create_code
INSERT INTO oauth_codes (code_hash, grant_id, redirect_uri, code_challenge, expires_at)
VALUES (:code_hash, :grant_id, :redirect_uri, :code_challenge, :expires_at);

-- name: oauth.find_code
SELECT g.id, g.client_id, g.org_id, g.agent_id, g.role, g.scopes, g.toolsets, g.resource,
       g.source_token_id, g.created_at, g.expires_at AS grant_expires_at, g.revoked_at,
       s.revoked_at AS source_revoked_at, s.expires_at AS source_expires_at,
       a.status AS agent_status, c.redirect_uri, c.code_challenge, c.expires_at, c.used_at
FROM oauth_codes c
JOIN oauth_grants g ON g.id = c.grant_id
LEFT JOIN tokens s ON s.id = g.source_token_id
LEFT JOIN agents a ON a.org_id = g.org_id AND a.id = g.agent_id
WHERE c.code_hash = :code_hash;

-- name: oauth.use_code
UPDATE oauth_codes SET used_at = :at
WHERE code_hash = :code_hash AND used_at IS NULL AND expires_at > :at;

-- name: oauth.create_refresh_token
INSERT INTO oauth_refresh_tokens (token_hash, grant_id, created_at, expires_at)
VALUES (:token_hash, :grant_id, :created_at, :expires_at);

-- name: oauth.find_refresh_token
SELECT g.id, g.client_id, g.org_id, g.agent_id, g.role, g.scopes, g.toolsets, g.resource,
       g.source_token_id, g.created_at, g.expires_at AS grant_expires_at, g.revoked_at,
       s.revoked_at AS source_revoked_at, s.expires_at AS source_expires_at,
       a.status AS agent_status, r.expires_at, r.used_at
FROM oauth_refresh_tokens r
JOIN oauth_grants g ON g.id = r.grant_id
LEFT JOIN tokens s ON s.id = g.source_token_id
LEFT JOIN agents a ON a.org_id = g.org_id AND a.id = g.agent_id
WHERE r.token_hash = :token_hash;

-- name: oauth.use_refresh_token
UPDATE oauth_refresh_tokens SET used_at = :at
WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :at;

-- Changes nothing: a guard that the grant still stands when the unit is committed.
-- name: oauth.require_grant
UPDATE oauth_grants SET expires_at = expires_at
WHERE org_id = :org_id AND id = :grant_id AND revoked_at IS NULL AND expires_at > :at;

-- The next two take the lock that oauth.require_grant takes: tokens are issued before, and then
-- revoked with the others, or not at all.
-- name: oauth.revoke_derived
UPDATE oauth_grants SET revoked_at = :at
WHERE org_id = :org_id AND source_token_id = :token_id AND revoked_at IS NULL;

-- name: oauth.revoke_agent
UPDATE oauth_grants SET revoked_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND revoked_at IS NULL;

-- name: oauth.revoke_grant
UPDATE oauth_grants SET revoked_at = :at
WHERE org_id = :org_id AND id = :grant_id AND revoked_at IS NULL;

-- The grant that an access token came of.
-- name: oauth.revoke_grant_of_token
UPDATE oauth_grants SET revoked_at = :at
WHERE org_id = :org_id AND revoked_at IS NULL
  AND id = (SELECT grant_id FROM tokens
            WHERE org_id = :org_id AND id = :token_id AND audience IS NOT NULL);

-- agent_id NULL: of the whole organization.
-- name: oauth.revoke_grants
UPDATE oauth_grants SET revoked_at = :at
WHERE org_id = :org_id AND revoked_at IS NULL
  AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id);

-- name: oauth.find_grant
SELECT g.id, g.client_id, g.org_id, g.agent_id, g.role, g.scopes, g.toolsets, g.resource,
       g.source_token_id, g.created_at, g.expires_at AS grant_expires_at, g.revoked_at,
       s.revoked_at AS source_revoked_at, s.expires_at AS source_expires_at,
       a.status AS agent_status
FROM oauth_grants g
LEFT JOIN tokens s ON s.id = g.source_token_id
LEFT JOIN agents a ON a.org_id = g.org_id AND a.id = g.agent_id
WHERE g.org_id = :org_id AND g.id = :grant_id;

-- name: oauth.create_approval
INSERT INTO oauth_approvals (code_hash, org_id, agent_id, role, scopes, expires_at)
VALUES (:code_hash, :org_id, :agent_id, :role, :scopes, :expires_at);

-- name: oauth.find_approval
SELECT org_id, agent_id, role, scopes FROM oauth_approvals
WHERE code_hash = :code_hash AND used_at IS NULL AND expires_at > :at;

-- name: oauth.use_approval
UPDATE oauth_approvals SET used_at = :at
WHERE org_id = :org_id AND code_hash = :code_hash AND used_at IS NULL AND expires_at > :at;

-- name: oauth.bind_subject
INSERT INTO oauth_subjects (issuer, subject, org_id, agent_id, role, created_at)
VALUES (:issuer, :subject, :org_id, :agent_id, :role, :at)
ON CONFLICT (issuer, subject) DO UPDATE SET org_id = excluded.org_id, agent_id = excluded.agent_id,
  role = excluded.role, created_at = excluded.created_at;

-- name: oauth.find_subject
SELECT b.org_id, b.agent_id, b.role, a.status AS agent_status
FROM oauth_subjects b
LEFT JOIN agents a ON a.org_id = b.org_id AND a.id = b.agent_id
WHERE b.issuer = :issuer AND b.subject = :subject;

-- name: oauth.purge_codes
DELETE FROM oauth_codes WHERE expires_at < :before;

-- name: oauth.purge_refresh_tokens
DELETE FROM oauth_refresh_tokens WHERE expires_at < :before;

-- name: oauth.purge_approvals
DELETE FROM oauth_approvals WHERE expires_at < :before;

-- name: oauth.purge_tokens
DELETE FROM tokens WHERE grant_id IS NOT NULL AND expires_at < :before;

-- name: oauth.purge_clients
DELETE FROM oauth_clients WHERE expires_at < :before;

-- A grant whose code was never exchanged has neither.
-- name: oauth.purge_grants
DELETE FROM oauth_grants WHERE created_at < :before
  AND id NOT IN (SELECT grant_id FROM oauth_codes)
  AND id NOT IN (SELECT grant_id FROM oauth_refresh_tokens)
  AND id NOT IN (SELECT grant_id FROM tokens WHERE grant_id IS NOT NULL);
