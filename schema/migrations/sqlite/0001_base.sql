-- Moments are Unix milliseconds, money is in micros, '' is never stored: absent is NULL. In keys,
-- where NULL cannot be, '*' stands for "every agent" or "every channel".
-- Times and orders: ids begin with their time (host/base/ids.h), so "by id" is "by age".

-- One row per migration that ran; written by the migrator.
CREATE TABLE schema_version (
  version INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  mode TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT REFERENCES organizations (id),
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  status TEXT NOT NULL,
  failed_logins INTEGER NOT NULL DEFAULT 0,
  locked_until INTEGER,
  last_login_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_org ON users (org_id);

-- The id alone is the key, because a webhook path carries nothing else; the pair is unique so that
-- other tables can refer to an agent together with its organization and never cross tenants.
CREATE TABLE agents (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  display_name TEXT NOT NULL,
  status TEXT NOT NULL,
  country TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (org_id, id)
) STRICT;

CREATE TABLE channels (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  provider TEXT NOT NULL,
  provider_ref TEXT,
  status TEXT NOT NULL,
  PRIMARY KEY (org_id, agent_id, channel),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX channels_by_address ON channels (channel, address) WHERE status <> 'released';

-- org_id is NULL for the orchestrator's tokens.
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT REFERENCES organizations (id),
  agent_id TEXT,
  role TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  label TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT;
CREATE INDEX tokens_by_agent ON tokens (org_id, agent_id);

CREATE TABLE messages (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  from_address TEXT,
  to_address TEXT NOT NULL,
  state TEXT NOT NULL,
  state_rank INTEGER NOT NULL,
  provider TEXT,
  vendor_id TEXT,
  error_code TEXT,
  vendor_code TEXT,
  failure_reason TEXT,
  failure_remedy TEXT,
  cost_micros INTEGER NOT NULL DEFAULT 0,
  cost_currency TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  content_hash TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  next_attempt_at INTEGER,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_agent ON messages (org_id, agent_id, id);
CREATE INDEX messages_by_vendor_id ON messages (provider, vendor_id) WHERE vendor_id IS NOT NULL;
CREATE INDEX messages_due ON messages (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- What was said, apart from the message so that it can be forgotten.
CREATE TABLE message_payloads (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  org_id TEXT NOT NULL,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  provider TEXT NOT NULL,
  outcome TEXT,
  error_code TEXT,
  vendor_code TEXT,
  vendor_id TEXT,
  detail TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (message_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_open ON attempts (id) WHERE outcome IS NULL;

CREATE TABLE timeline (
  sequence INTEGER PRIMARY KEY,
  org_id TEXT NOT NULL,
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX timeline_by_message ON timeline (message_id, sequence);

-- AUTOINCREMENT: a sequence is an agent's cursor and must not come back after a purge. No foreign
-- key: what arrives for an agent that is not there (any more) is kept all the same.
CREATE TABLE inbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  vendor_id TEXT,
  from_address TEXT,
  to_address TEXT,
  subject TEXT,
  body TEXT,
  html TEXT,
  media_json TEXT,
  extra_json TEXT,
  received_at INTEGER NOT NULL,
  acknowledged_at INTEGER
) STRICT;
CREATE INDEX inbox_by_agent ON inbox (org_id, agent_id, sequence);
CREATE INDEX inbox_waiting ON inbox (org_id, agent_id, sequence) WHERE acknowledged_at IS NULL;
CREATE INDEX inbox_acknowledged ON inbox (acknowledged_at) WHERE acknowledged_at IS NOT NULL;

CREATE TABLE inbound_events (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  org_id TEXT,
  agent_id TEXT,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (provider, event_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_events_by_age ON inbound_events (received_at);

CREATE TABLE idempotency (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  key TEXT NOT NULL,
  arguments_hash TEXT NOT NULL,
  message_id TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, tool, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE suppressions (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, contact_hash, agent_id, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  action TEXT NOT NULL,
  time_window TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  count INTEGER NOT NULL,
  spend_micros INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, time_window, window_start, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_age ON usage (time_window, window_start);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  org_id TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  details_json TEXT,
  leaf BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;
CREATE INDEX audit_by_org ON audit (org_id, sequence);

CREATE TABLE provider_overrides (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  slot TEXT NOT NULL,
  provider TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, slot)
) STRICT, WITHOUT ROWID;

-- org_id '*' holds the server's own.
CREATE TABLE settings (
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value_json TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, name)
) STRICT, WITHOUT ROWID;
