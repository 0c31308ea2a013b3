-- Organizations with what is known of them and their review; agents with what they may use; and the
-- ledger of what was asked of vendors, so that nothing that costs money is ever forgotten.

-- review: pending_review | approved | rejected; status stays active | suspended. agent_slots NULL:
-- the configured number. active_agents counts agents that are not deprovisioned and those being made.
ALTER TABLE organizations ADD COLUMN slug TEXT;
ALTER TABLE organizations ADD COLUMN company TEXT;
ALTER TABLE organizations ADD COLUMN website TEXT;
ALTER TABLE organizations ADD COLUMN use_case TEXT;
ALTER TABLE organizations ADD COLUMN settings_json TEXT;
ALTER TABLE organizations ADD COLUMN review TEXT NOT NULL DEFAULT 'pending_review';
ALTER TABLE organizations ADD COLUMN review_reason TEXT;
ALTER TABLE organizations ADD COLUMN reviewed_at INTEGER;
ALTER TABLE organizations ADD COLUMN agent_slots INTEGER;
ALTER TABLE organizations ADD COLUMN active_agents INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX organizations_by_slug ON organizations (slug);
UPDATE organizations SET review = 'approved' WHERE mode = 'production';
UPDATE organizations SET active_agents =
  (SELECT COUNT(*) FROM agents
   WHERE agents.org_id = organizations.id AND agents.status <> 'deprovisioned');

-- identity: dedicated | shared | hybrid. blocked_channels: words (sms voice email whatsapp *), the
-- kill switch as it was set; NULL: nothing is blocked. channels.status follows it.
ALTER TABLE agents ADD COLUMN identity TEXT NOT NULL DEFAULT 'dedicated';
ALTER TABLE agents ADD COLUMN blocked_channels TEXT;

-- An agent being made: it holds the agent's id and a slot of the pool from before the first purchase.
-- state: open | done | undone.
CREATE TABLE provisionings (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  agent_id TEXT NOT NULL,
  state TEXT NOT NULL,
  worker TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX provisionings_open ON provisionings (agent_id) WHERE state = 'open';

-- Something that was asked of a vendor and may cost money: the row is durable before the vendor is
-- asked, and its id is the client reference the vendor is given.
-- kind: number | account. state: asked (nobody knows whether it was bought) | held | owned (an agent
-- or a pool has it) | releasing | released | refused (the vendor did not sell).
CREATE TABLE acquisitions (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES organizations (id),
  agent_id TEXT,
  provisioning_id TEXT,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  address TEXT,
  vendor_id TEXT,
  state TEXT NOT NULL,
  worker TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  next_try_at INTEGER
) STRICT;
CREATE INDEX acquisitions_by_agent ON acquisitions (org_id, agent_id);
CREATE INDEX acquisitions_by_provisioning ON acquisitions (provisioning_id);
-- An organization has one account at most.
CREATE UNIQUE INDEX acquisitions_account ON acquisitions (org_id)
  WHERE kind = 'account' AND agent_id IS NULL AND state = 'owned';
CREATE INDEX acquisitions_due ON acquisitions (next_try_at) WHERE next_try_at IS NOT NULL;

-- Numbers that agents without one of their own send from. capabilities: words (sms mms voice).
-- agent_id: who gets what comes in. status: active | disabled.
CREATE TABLE number_pool (
  org_id TEXT NOT NULL REFERENCES organizations (id),
  number TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  status TEXT NOT NULL,
  label TEXT,
  provider TEXT NOT NULL,
  vendor_id TEXT,
  agent_id TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX number_pool_default ON number_pool (org_id) WHERE is_default = 1;

-- WhatsApp senders kept ready. status: available | assigned.
CREATE TABLE whatsapp_senders (
  org_id TEXT NOT NULL REFERENCES organizations (id),
  number TEXT NOT NULL UNIQUE,
  sender_id TEXT,
  provider TEXT NOT NULL,
  status TEXT NOT NULL,
  agent_id TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, number)
) STRICT, WITHOUT ROWID;

-- Mail domains. status: pending | sandbox (at a sandbox provider, where a name means nothing) |
-- verified. A domain is of one organization once it is verified, and for some days after an
-- organization has asked for it (claimed_at) nobody else may ask.
CREATE TABLE email_domains (
  org_id TEXT NOT NULL REFERENCES organizations (id),
  domain TEXT NOT NULL,
  status TEXT NOT NULL,
  provider TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL,
  verified_at INTEGER,
  PRIMARY KEY (org_id, domain)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX email_domains_verified ON email_domains (domain) WHERE status = 'verified';

-- Providers that were registered while the server runs, in place of the configured ones of a slot.
-- org_id '*': the whole server's; agent_id '*': every agent. config_sealed is encrypted and bound to
-- the row; NULL: the settings of the provider of that name in the configuration file.
CREATE TABLE registered_providers (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  slot TEXT NOT NULL,
  provider TEXT NOT NULL,
  config_sealed TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, slot)
) STRICT, WITHOUT ROWID;
