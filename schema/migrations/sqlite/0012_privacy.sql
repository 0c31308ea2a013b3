-- Content at rest, how long things stay, and what people may have removed.

-- The keys that an organization's content is encrypted under; the newest is the one in use. They
-- are encrypted themselves, under the server's key, which is not in the database: server_key says
-- which one that was. Without its row what a key encrypted cannot be read any more.
CREATE TABLE data_keys (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  sealed_key TEXT NOT NULL,
  server_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;

-- How many days what was said is kept after it was delivered, where that is not as
-- messaging.store_bodies says; 0 = not at all. agent_id '*' is every agent of the organization.
CREATE TABLE body_storage (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  days INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id)
) STRICT, WITHOUT ROWID;

-- Set when a message (a call) is over and its content stays for a while. NULL: delivery needs it.
ALTER TABLE message_payloads ADD COLUMN keep_until INTEGER;
CREATE INDEX message_payloads_kept ON message_payloads (keep_until) WHERE keep_until IS NOT NULL;
ALTER TABLE call_scripts ADD COLUMN keep_until INTEGER;
CREATE INDEX call_scripts_kept ON call_scripts (keep_until) WHERE keep_until IS NOT NULL;
-- What earlier versions kept: 30 days from now on, as if it had been kept by choice.
UPDATE message_payloads SET keep_until =
  CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 2592000000
WHERE message_id IN (
  SELECT id FROM messages
  WHERE state IN ('submitted', 'delivered', 'undelivered', 'read', 'failed', 'unknown',
                  'cancelled'));
UPDATE call_scripts SET keep_until =
  CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 2592000000
WHERE call_id IN (SELECT id FROM calls WHERE ended_at IS NOT NULL);

-- Organizations of which nothing may be deleted now, neither by age nor on request.
CREATE TABLE legal_holds (
  org_id TEXT NOT NULL PRIMARY KEY,
  reason TEXT,
  placed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The daily deletion by age: one row per day (UTC), so that of several workers, and of several
-- starts, one does it. A worker that died leaves a lease that ends.
CREATE TABLE purge_runs (
  day TEXT NOT NULL PRIMARY KEY,
  worker TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  counts_json TEXT
) STRICT, WITHOUT ROWID;

-- Requests to erase a contact. Until one is done sealed_contact says who it is, encrypted; after
-- that the keyed hash alone is left, as in the suppression list. status: pending | done.
CREATE TABLE erasures (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  sealed_contact TEXT,
  status TEXT NOT NULL,
  worker TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  counts_json TEXT,
  requested_at INTEGER NOT NULL,
  completed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_by_contact ON erasures (org_id, contact_hash, id);
CREATE INDEX erasures_pending ON erasures (lease_until) WHERE status = 'pending';
