-- What an agent ('*' = every agent of the organization) may do; NULL leaves it to the next source:
-- tier, organization, configuration. The caps bound the organization's agents together and stand in
-- its '*' row only.
CREATE TABLE limits (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  per_minute INTEGER,
  per_hour INTEGER,
  per_day INTEGER,
  same_number_per_day INTEGER,
  spend_per_day INTEGER,
  spend_per_month INTEGER,
  cap_per_day INTEGER,
  cap_per_month INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id)
) STRICT, WITHOUT ROWID;

-- markup_ppm: millionths of the cost, so 12.5 % is 125000. NULL is the server's markup.
CREATE TABLE billing (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  tier TEXT,
  markup_ppm INTEGER,
  email TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id)
) STRICT, WITHOUT ROWID;

-- One row per action that was let through, numbered per agent: the Nth latest is one look-up away
-- however many there are, which is what the windows of a minute and an hour ask. `subject` is the
-- message or call; micros is what of it counts as spent now, previous_micros what did before.
CREATE TABLE reservations (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  subject TEXT NOT NULL,
  action TEXT NOT NULL,
  at INTEGER NOT NULL,
  currency TEXT NOT NULL,
  micros INTEGER NOT NULL,
  previous_micros INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (org_id, agent_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reservations_by_subject ON reservations (org_id, subject);

-- One warning per rule, level and window, whichever worker sees it first.
CREATE TABLE limit_alerts (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  level TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, rule, level, window_start)
) STRICT, WITHOUT ROWID;
CREATE INDEX limit_alerts_by_age ON limit_alerts (at);
