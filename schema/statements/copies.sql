-- Nothing without the route, nothing to somebody who has the original, and nothing when the subject
-- has its copy. It waits as a message that is
-- scheduled for now.
-- name: copies.add
INSERT INTO messages (id, org_id, agent_id, channel, from_address, to_address, state, state_rank,
                      attempts, content_hash, created_at, updated_at, next_attempt_at, copy_of)
SELECT :id, r.org_id, r.agent_id, :channel, :from_address, r.target, :state,
       CAST(:state_rank AS BIGINT), 0, :content_hash, CAST(:at AS BIGINT), CAST(:at AS BIGINT),
       CAST(:at AS BIGINT), :copy_of
FROM routes r
WHERE r.org_id = :org_id AND r.agent_id = :agent_id AND r.kind = :kind AND r.target <> :contact
ON CONFLICT DO NOTHING;

-- name: copies.add_payload
INSERT INTO message_payloads (message_id, org_id, content)
SELECT m.id, m.org_id, :content FROM messages m WHERE m.org_id = :org_id AND m.id = :id;

-- name: copies.due
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages
WHERE next_attempt_at <= :now AND state = 'scheduled' AND copy_of IS NOT NULL
ORDER BY next_attempt_at LIMIT :limit;

-- name: copies.of
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages WHERE org_id = :org_id AND copy_of = :subject_id;

-- System-level: of whatever organization the sender is.
-- name: copies.between
SELECT COUNT(*) AS count FROM (
  SELECT 1 FROM messages
  WHERE to_address = :to_address AND from_address = :from_address AND copy_of IS NOT NULL
    AND created_at > :since LIMIT 1) AS found;

-- name: callback_copies.add
INSERT INTO callback_copies (id, org_id, agent_id, event, subject_id, state, next_attempt_at,
                             created_at)
SELECT :id, r.org_id, r.agent_id, :event, :subject_id, 'waiting', CAST(:at AS BIGINT),
       CAST(:at AS BIGINT)
FROM routes r
JOIN agents a ON a.org_id = r.org_id AND a.id = r.agent_id AND a.status <> 'deprovisioned'
WHERE r.org_id = :org_id AND r.agent_id = :agent_id AND r.kind = 'webhook_copy'
ON CONFLICT DO NOTHING;

-- The same, if the message is in that state: a faster report may have moved it on.
-- name: callback_copies.add_state
INSERT INTO callback_copies (id, org_id, agent_id, event, subject_id, state, next_attempt_at,
                             created_at)
SELECT :id, r.org_id, r.agent_id, :event, m.id, 'waiting', CAST(:at AS BIGINT),
       CAST(:at AS BIGINT)
FROM messages m
JOIN routes r ON r.org_id = m.org_id AND r.agent_id = m.agent_id AND r.kind = 'webhook_copy'
JOIN agents a ON a.org_id = r.org_id AND a.id = r.agent_id AND a.status <> 'deprovisioned'
WHERE m.org_id = :org_id AND m.id = :message_id AND m.state = :state
ON CONFLICT DO NOTHING;

-- name: callback_copies.any_due
SELECT 1 AS due FROM callback_copies
WHERE state = 'waiting' AND next_attempt_at <= :now LIMIT 1;

-- name: callback_copies.claim
-- dialect: sqlite
UPDATE callback_copies
SET worker = :worker, attempts = attempts + 1, next_attempt_at = :lease_until
WHERE id IN (
  SELECT id FROM callback_copies
  WHERE state = 'waiting' AND next_attempt_at <= :now ORDER BY next_attempt_at LIMIT :limit)
RETURNING id, org_id, agent_id, event, subject_id, state, attempts, next_attempt_at, worker,
          last_status, last_error, created_at, ended_at;

-- name: callback_copies.claim
-- dialect: postgres
UPDATE callback_copies
SET worker = :worker, attempts = attempts + 1, next_attempt_at = :lease_until
WHERE id IN (
  SELECT id FROM callback_copies
  WHERE state = 'waiting' AND next_attempt_at <= :now ORDER BY next_attempt_at LIMIT :limit
  FOR UPDATE SKIP LOCKED)
RETURNING id, org_id, agent_id, event, subject_id, state, attempts, next_attempt_at, worker,
          last_status, last_error, created_at, ended_at;

-- name: callback_copies.finish
UPDATE callback_copies
SET state = :state, next_attempt_at = :next_attempt_at, worker = NULL, last_status = :last_status,
    last_error = :last_error, ended_at = :ended_at
WHERE org_id = :org_id AND id = :id AND state = 'waiting' AND worker = :worker
  AND attempts = :attempts;

-- name: callback_copies.of
SELECT id, org_id, agent_id, event, subject_id, state, attempts, next_attempt_at, worker,
       last_status, last_error, created_at, ended_at
FROM callback_copies WHERE org_id = :org_id AND subject_id = :subject_id ORDER BY created_at;
