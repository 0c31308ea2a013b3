-- What an agent ('*' = every agent of the organization) may do; NULL leaves it to the next source:
-- tier, organization, configuration. The caps bound the organization's agents together and stand in
-- its '*' row only.
CREATE TABLE limits (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  per_minute BIGINT,
  per_hour BIGINT,
  per_day BIGINT,
  same_number_per_day BIGINT,
  spend_per_day BIGINT,
  spend_per_month BIGINT,
  cap_per_day BIGINT,
  cap_per_month BIGINT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id)
);

-- markup_ppm: millionths of the cost, so 12.5 % is 125000. NULL is the server's markup.
CREATE TABLE billing (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  tier TEXT,
  markup_ppm BIGINT,
  email TEXT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id)
);

-- One row per action that was let through, numbered per agent: the Nth latest is one look-up away
-- however many there are, which is what the windows of a minute and an hour ask. `subject` is the
-- message or call; micros is what of it counts as spent now, previous_micros what did before.
CREATE TABLE reservations (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  subject TEXT NOT NULL,
  action TEXT NOT NULL,
  at BIGINT NOT NULL,
  currency TEXT NOT NULL,
  micros BIGINT NOT NULL,
  previous_micros BIGINT NOT NULL,
  settled_at BIGINT,
  PRIMARY KEY (org_id, agent_id, sequence)
);
CREATE UNIQUE INDEX reservations_by_subject ON reservations (org_id, subject);

-- One warning per rule, level and window, whichever worker sees it first.
CREATE TABLE limit_alerts (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  level TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, rule, level, window_start)
);
CREATE INDEX limit_alerts_by_age ON limit_alerts (at);
