-- Threads: what belongs to one contact of an agent. By default an address is a contact; a row here
-- makes several addresses of an agent's one. Whoever is in no row costs nothing to look up.
CREATE TABLE contact_addresses (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  address TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, address),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
);
CREATE INDEX contact_addresses_by_contact ON contact_addresses (org_id, agent_id, contact_id);

-- Whose thread an item is in: the sender's, or, of a mail that answers another one, that one's. In
-- small letters, as addresses are compared everywhere here.
ALTER TABLE inbox ADD COLUMN thread_address TEXT;
UPDATE inbox SET thread_address =
  lower(CASE WHEN direction = 'outbound' THEN to_address ELSE from_address END);
CREATE INDEX inbox_by_thread ON inbox (org_id, agent_id, thread_address, received_at);
CREATE INDEX messages_by_contact ON messages (org_id, agent_id, lower(to_address), created_at);
CREATE INDEX calls_from ON calls (org_id, agent_id, from_address, created_at)
  WHERE direction = 'inbound';
CREATE INDEX calls_to ON calls (org_id, agent_id, to_address, created_at)
  WHERE direction = 'outbound';

-- Mails by their Message-ID (RFC 5322, section 3.6.4), so that an answer finds its thread whatever
-- address it comes from. chain is what an answer's References begin with; subject_id the message or
-- inbox item. No subject, no text.
CREATE TABLE mail_ids (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  mail_id TEXT NOT NULL,
  address TEXT NOT NULL,
  chain TEXT,
  subject_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, mail_id)
);
CREATE INDEX mail_ids_by_subject ON mail_ids (org_id, agent_id, subject_id);
CREATE INDEX mail_ids_by_thread ON mail_ids (org_id, agent_id, address, created_at);
CREATE INDEX mail_ids_by_age ON mail_ids (created_at);

-- What mails of marketing must name where a law says so.
ALTER TABLE organizations ADD COLUMN postal_address TEXT;

-- Agents whose received files are kept; without a row, or with persistent 0, they are passed through.
-- quota_bytes and retention_days NULL: as configured. used_bytes counts what is stored and what is
-- being stored.
CREATE TABLE agent_media (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  persistent BIGINT NOT NULL,
  quota_bytes BIGINT,
  retention_days BIGINT,
  used_bytes BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
);

-- A received file that is to be kept, added with its inbox item. state: waiting | storing (its bytes
-- are counted, the object may be there) | stored | failed | over_quota. A row whose item is gone, or
-- that has expired, goes once its object is removed.
CREATE TABLE media (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  item_id TEXT REFERENCES inbox (id) ON DELETE SET NULL,
  position BIGINT NOT NULL,
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  bytes BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT,
  error_code TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX media_by_item ON media (item_id, position);
CREATE INDEX media_due ON media (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX media_without_item ON media (id) WHERE item_id IS NULL;
CREATE INDEX media_by_expiry ON media (expires_at);
