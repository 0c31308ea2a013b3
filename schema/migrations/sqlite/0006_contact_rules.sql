-- What contacts allowed and refused. Contacts are keyed hashes of their addresses (contact_hash in
-- host/policy/opt_out.h): all that is asked of these tables is whether they hold somebody who is
-- named in the question, so they name nobody themselves, and a refusal outlives the erasure of the
-- person's data.

-- One row per agent, contact and channel: the last word. consent_type and granted_at are NULL for a
-- refusal of somebody who had never agreed. revoked_by tells a withdrawal that START takes back
-- (opt_out) from one that it does not. No foreign key: what contacts want is kept for agents that
-- are gone, and must not stand in the way of storing what they wrote.
CREATE TABLE consents (
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  consent_type TEXT,
  status TEXT NOT NULL,
  source TEXT,
  notes TEXT,
  granted_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER,
  revoked_by TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, contact_hash, agent_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_revoked ON consents (revoked_at) WHERE revoked_at IS NOT NULL;

-- How often an organization reached a contact where a rule counts, by hours since 1970.
CREATE TABLE contact_hours (
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (org_id, contact_hash, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_hours_by_age ON contact_hours (hour);

-- Do-not-call lists as they were imported; org_id '*' is every organization's. Registries of several
-- countries have the same name. checked_at is when the registry was asked, which laws bound the age
-- of.
CREATE TABLE dnc_lists (
  org_id TEXT NOT NULL,
  country TEXT NOT NULL,
  name TEXT NOT NULL,
  checked_at INTEGER NOT NULL,
  imported_at INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (org_id, country, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE dnc_entries (
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  country TEXT NOT NULL,
  name TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, contact_hash, country, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX dnc_entries_by_list ON dnc_entries (org_id, country, name, imported_at);
