-- Numbers that agents share, what countries ask of organizations, and what contacts refused.

-- Which agent last wrote to a contact, or called them, from a number of the pool: what the contact
-- answers there is that agent's.
CREATE TABLE number_threads (
  org_id TEXT NOT NULL,
  number TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (org_id, number, contact_hash)
);
CREATE INDEX number_threads_by_age ON number_threads (at);

-- An operator's word that an organization meets what a country asks for, in the place of a list in
-- its settings that two of them could overwrite. evidence: a registration's id, a date, a link.
CREATE TABLE requirements_met (
  org_id TEXT NOT NULL REFERENCES organizations (id),
  requirement TEXT NOT NULL,
  evidence TEXT,
  met_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, requirement)
);
INSERT INTO requirements_met (org_id, requirement, met_at)
SELECT s.org_id, j.value, s.updated_at
FROM settings s, json_array_elements_text(CAST(s.value_json AS json)) AS j (value)
WHERE s.name = 'requirements_met'
ON CONFLICT DO NOTHING;
DELETE FROM settings WHERE name = 'requirements_met';

-- When a contact last refused to be reached, whoever of the organization it was said to. It outlives
-- the consent that was revoked: some laws ask for a pause of months, or for ever.
CREATE TABLE refusals (
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  channel TEXT NOT NULL,
  refused_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, contact_hash, channel)
);
INSERT INTO refusals (org_id, contact_hash, channel, refused_at)
SELECT org_id, contact_hash, channel, MAX(at) FROM (
  SELECT org_id, contact_hash, channel, created_at AS at FROM suppressions
  WHERE source <> 'possible_opt_out'
  UNION ALL
  SELECT org_id, contact_hash, channel, revoked_at AS at FROM consents
  WHERE revoked_at IS NOT NULL) refused
GROUP BY org_id, contact_hash, channel;
