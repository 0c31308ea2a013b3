-- Moments are Unix milliseconds, money is in micros, '' is never stored: absent is NULL. In keys,
-- where NULL cannot be, '*' stands for "every agent" or "every channel".
-- Times and orders: ids begin with their time (host/base/ids.h), so "by id" is "by age".

-- One row per migration that ran; written by the migrator.
CREATE TABLE schema_version (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at BIGINT NOT NULL
);

CREATE TABLE organizations (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  mode TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT REFERENCES organizations (id),
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  status TEXT NOT NULL,
  failed_logins BIGINT NOT NULL DEFAULT 0,
  locked_until BIGINT,
  last_login_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX users_by_org ON users (org_id);

-- The id alone is the key, because a webhook path carries nothing else; the pair is unique so that
-- other tables can refer to an agent together with its organization and never cross tenants.
CREATE TABLE agents (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  display_name TEXT NOT NULL,
  status TEXT NOT NULL,
  country TEXT,
  created_at BIGINT NOT NULL,
  UNIQUE (org_id, id)
);

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
);
CREATE UNIQUE INDEX channels_by_address ON channels (channel, address) WHERE status <> 'released';

-- org_id is NULL for the orchestrator's tokens.
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT REFERENCES organizations (id),
  agent_id TEXT,
  role TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  label TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
);
CREATE INDEX tokens_by_agent ON tokens (org_id, agent_id);

CREATE TABLE messages (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  from_address TEXT,
  to_address TEXT NOT NULL,
  state TEXT NOT NULL,
  state_rank BIGINT NOT NULL,
  provider TEXT,
  vendor_id TEXT,
  error_code TEXT,
  vendor_code TEXT,
  failure_reason TEXT,
  failure_remedy TEXT,
  cost_micros BIGINT NOT NULL DEFAULT 0,
  cost_currency TEXT,
  attempts BIGINT NOT NULL DEFAULT 0,
  content_hash TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  next_attempt_at BIGINT,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
);
CREATE INDEX messages_by_agent ON messages (org_id, agent_id, id);
CREATE INDEX messages_by_vendor_id ON messages (provider, vendor_id) WHERE vendor_id IS NOT NULL;
CREATE INDEX messages_due ON messages (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- What was said, apart from the message so that it can be forgotten.
CREATE TABLE message_payloads (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  org_id TEXT NOT NULL,
  content TEXT NOT NULL
);

CREATE TABLE attempts (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  provider TEXT NOT NULL,
  outcome TEXT,
  error_code TEXT,
  vendor_code TEXT,
  vendor_id TEXT,
  detail TEXT,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  UNIQUE (message_id, number)
);
CREATE INDEX attempts_open ON attempts (id) WHERE outcome IS NULL;

CREATE TABLE timeline (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id TEXT NOT NULL,
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT
);
CREATE INDEX timeline_by_message ON timeline (message_id, sequence);

-- No foreign key: what arrives for an agent that is not there (any more) is kept all the same.
CREATE TABLE inbox (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
  received_at BIGINT NOT NULL,
  acknowledged_at BIGINT
);
CREATE INDEX inbox_by_agent ON inbox (org_id, agent_id, sequence);
CREATE INDEX inbox_waiting ON inbox (org_id, agent_id, sequence) WHERE acknowledged_at IS NULL;
CREATE INDEX inbox_acknowledged ON inbox (acknowledged_at) WHERE acknowledged_at IS NOT NULL;

CREATE TABLE inbound_events (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  org_id TEXT,
  agent_id TEXT,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (provider, event_id, kind)
);
CREATE INDEX inbound_events_by_age ON inbound_events (received_at);

CREATE TABLE idempotency (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  key TEXT NOT NULL,
  arguments_hash TEXT NOT NULL,
  message_id TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, tool, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE suppressions (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, contact_hash, agent_id, channel)
);

CREATE TABLE usage (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  action TEXT NOT NULL,
  time_window TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  count BIGINT NOT NULL,
  spend_micros BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, time_window, window_start, action)
);
CREATE INDEX usage_by_age ON usage (time_window, window_start);

CREATE TABLE audit (
  sequence BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  org_id TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  details_json TEXT,
  leaf BYTEA NOT NULL CHECK (length(leaf) = 32)
);
CREATE INDEX audit_by_org ON audit (org_id, sequence);

CREATE TABLE provider_overrides (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  slot TEXT NOT NULL,
  provider TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, slot)
);

-- org_id '*' holds the server's own.
CREATE TABLE settings (
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value_json TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, name)
);
