-- Where an organization gets copies of what an agent sends and receives. One row per kind: sms_mirror
-- (target: a number), email_bcc (a mailbox), webhook_copy (a URL, with its secret), call_recording
-- (target: on).
CREATE TABLE routes (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  sealed_secret TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (org_id, agent_id, kind),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id)
);

-- The kinds again, as words: they are read with the agent, so that one without routes pays nothing.
ALTER TABLE agents ADD COLUMN routes TEXT;

-- The message or inbox item that a message is the copy of. One subject has one copy as a message,
-- however often the unit that makes it is repeated.
ALTER TABLE messages ADD COLUMN copy_of TEXT;
CREATE UNIQUE INDEX messages_copies ON messages (org_id, copy_of) WHERE copy_of IS NOT NULL;
-- Recognizes a copy that comes in again at a number of this server.
CREATE INDEX messages_copies_between ON messages (to_address, from_address)
  WHERE copy_of IS NOT NULL;

-- What a second receiver is told of an agent's news. No lanes: best effort, in no order.
CREATE TABLE callback_copies (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  event TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT,
  worker TEXT,
  last_status BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  UNIQUE (org_id, subject_id, event)
);
CREATE INDEX callback_copies_due ON callback_copies (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX callback_copies_ended ON callback_copies (ended_at) WHERE ended_at IS NOT NULL;

-- The call or message that is to play it, and the moment from which nobody needs it any more.
ALTER TABLE spoken_audio ADD COLUMN subject_id TEXT;
