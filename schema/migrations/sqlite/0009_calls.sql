-- Calls in either direction. A call that another one leads to (a transfer, a bridge) is a call of
-- its own and names it as its parent.
CREATE TABLE calls (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  purpose TEXT NOT NULL,
  from_address TEXT,
  to_address TEXT,
  state TEXT NOT NULL,
  state_rank INTEGER NOT NULL,
  provider TEXT,
  vendor_id TEXT,
  parent_id TEXT,
  bridge_id TEXT,
  error_code TEXT,
  vendor_code TEXT,
  failure_reason TEXT,
  failure_remedy TEXT,
  cost_micros INTEGER NOT NULL DEFAULT 0,
  cost_currency TEXT,
  cost_due_at INTEGER,
  cost_looks INTEGER NOT NULL DEFAULT 0,
  duration_ms INTEGER,
  answered_by TEXT,
  recording_id TEXT,
  recording_url TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  content_hash TEXT,
  created_at INTEGER NOT NULL,
  answered_at INTEGER,
  ended_at INTEGER,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_agent ON calls (org_id, agent_id, id);
CREATE INDEX calls_by_bridge ON calls (org_id, bridge_id, id) WHERE bridge_id IS NOT NULL;
CREATE UNIQUE INDEX calls_by_vendor_id ON calls (org_id, provider, vendor_id)
  WHERE vendor_id IS NOT NULL;
CREATE INDEX calls_cost_due ON calls (cost_due_at) WHERE cost_due_at IS NOT NULL;
CREATE INDEX calls_ended ON calls (ended_at) WHERE ended_at IS NOT NULL;

-- What a call says and does, apart from it so that it can be forgotten when the call is over.
CREATE TABLE call_scripts (
  call_id TEXT NOT NULL PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
  org_id TEXT NOT NULL,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call_attempts (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  provider TEXT NOT NULL,
  outcome TEXT,
  error_code TEXT,
  vendor_code TEXT,
  vendor_id TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  worker TEXT,
  UNIQUE (call_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_attempts_open ON call_attempts (id) WHERE outcome IS NULL;

CREATE TABLE call_timeline (
  sequence INTEGER PRIMARY KEY,
  org_id TEXT NOT NULL,
  call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX call_timeline_by_call ON call_timeline (call_id, sequence);

-- Where calls to an agent's number are put through to. caller '*' is anybody.
CREATE TABLE bridges (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  local_number TEXT NOT NULL,
  caller TEXT NOT NULL,
  destination TEXT NOT NULL,
  label TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (org_id, local_number, caller),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;

-- One-time codes. Neither the code nor the contact is in it: both are keyed hashes.
CREATE TABLE one_time_codes (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  guesses INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_codes_by_contact ON one_time_codes (org_id, agent_id, contact_hash, id);
CREATE INDEX one_time_codes_by_age ON one_time_codes (created_at);

-- Spoken texts in object storage, which are fetched once and are not to stay.
CREATE TABLE spoken_audio (
  key TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spoken_audio_by_expiry ON spoken_audio (expires_at);
