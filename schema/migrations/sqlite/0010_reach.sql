-- What came to nothing stands in the inbox beside what came in: an agent asks in one place and
-- acknowledges in one way. direction is NULL for what came in, reason for what is no dead letter.
ALTER TABLE inbox ADD COLUMN direction TEXT;
ALTER TABLE inbox ADD COLUMN reason TEXT;
ALTER TABLE inbox ADD COLUMN error_details TEXT;
-- The message that came to nothing.
ALTER TABLE inbox ADD COLUMN message_id TEXT;
CREATE INDEX inbox_by_message ON inbox (message_id) WHERE message_id IS NOT NULL;

-- Where an agent's own host hears of what happens. Two secrets are valid during a rotation.
CREATE TABLE callback_endpoints (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  url TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  sealed_previous TEXT,
  previous_until INTEGER,
  status TEXT NOT NULL,
  failing_since INTEGER,
  disabled_at INTEGER,
  last_success_at INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
) STRICT, WITHOUT ROWID;

-- No content: what is sent is read from the inbox or the message when it is sent. A lane is what
-- must stay in order; only its first row has a next_attempt_at, and a worker that takes a row puts
-- it ahead by the length of its lease, so that a row whose worker died comes due again.
CREATE TABLE callback_deliveries (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  lane TEXT NOT NULL,
  event TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  worker TEXT,
  last_status INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (org_id, agent_id, subject_id, event)
) STRICT;
CREATE INDEX callback_deliveries_due ON callback_deliveries (next_attempt_at)
  WHERE state = 'waiting';
CREATE INDEX callback_deliveries_lane ON callback_deliveries (lane, sequence)
  WHERE state = 'waiting';
CREATE INDEX callback_deliveries_by_agent ON callback_deliveries (org_id, agent_id, sequence);
CREATE INDEX callback_deliveries_ended ON callback_deliveries (ended_at)
  WHERE ended_at IS NOT NULL;

-- When a contact last wrote to an agent on WhatsApp: its 24-hour window counts from there.
CREATE TABLE whatsapp_windows (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, contact_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX whatsapp_windows_by_age ON whatsapp_windows (opened_at);

-- When the time of a scheduled message had come: limits count it in that day and month. NULL for
-- what is sent at once, which counts in those of created_at.
ALTER TABLE messages ADD COLUMN started_at INTEGER;
