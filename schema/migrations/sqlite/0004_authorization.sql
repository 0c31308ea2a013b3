-- Scopes and toolsets of tokens, and what the authorization server keeps. Secrets (codes, refresh
-- tokens) are here as SHA-256 only.

-- Words between spaces. NULL scopes: all that the role allows; NULL toolsets: the role's usual ones.
-- audience and grant_id are set on access tokens that the authorization server issued.
ALTER TABLE tokens ADD COLUMN scopes TEXT;
ALTER TABLE tokens ADD COLUMN toolsets TEXT;
ALTER TABLE tokens ADD COLUMN audience TEXT;
ALTER TABLE tokens ADD COLUMN grant_id TEXT;
CREATE INDEX tokens_by_grant ON tokens (grant_id);

-- kind: registered (RFC 7591), or document (the id is the address of the client's metadata, and this
-- row is the cached copy). Rows end at expires_at unless the client is used.
CREATE TABLE oauth_clients (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT,
  redirect_uris_json TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_clients_by_expiry ON oauth_clients (expires_at);

-- What a person allowed a client: the family of all tokens that came of it.
CREATE TABLE oauth_grants (
  id TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  agent_id TEXT,
  role TEXT NOT NULL,
  scopes TEXT NOT NULL,
  toolsets TEXT,
  resource TEXT NOT NULL,
  source_token_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT;
CREATE INDEX oauth_grants_by_agent ON oauth_grants (org_id, agent_id);
CREATE INDEX oauth_grants_by_source ON oauth_grants (source_token_id);

CREATE TABLE oauth_codes (
  code_hash TEXT NOT NULL PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES oauth_grants (id),
  redirect_uri TEXT NOT NULL,
  code_challenge TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE oauth_refresh_tokens (
  token_hash TEXT NOT NULL PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES oauth_grants (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX oauth_refresh_tokens_by_grant ON oauth_refresh_tokens (grant_id);

-- One-time codes of `commsctl oauth approve`, which stand in for a token on the consent page.
CREATE TABLE oauth_approvals (
  code_hash TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  agent_id TEXT,
  role TEXT NOT NULL,
  scopes TEXT,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

-- What an external issuer's subject may act as: one row for each (issuer, subject).
CREATE TABLE oauth_subjects (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  agent_id TEXT,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT;
