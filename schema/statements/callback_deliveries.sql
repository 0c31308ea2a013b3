-- Nothing for an agent without a callback. Only the first of a lane gets a time; what the endpoint
-- misses while it is disabled waits for it.
-- name: callback_deliveries.add
INSERT INTO callback_deliveries (id, org_id, agent_id, lane, event, subject_id, state,
                                 next_attempt_at, created_at)
SELECT :id, e.org_id, e.agent_id, :lane, :event, :subject_id, 'waiting',
       CASE WHEN e.status = 'active' AND NOT EXISTS (
         SELECT 1 FROM callback_deliveries d WHERE d.lane = :lane AND d.state = 'waiting')
       THEN CAST(:at AS BIGINT) END,
       CAST(:at AS BIGINT)
FROM callback_endpoints e
JOIN agents a ON a.org_id = e.org_id AND a.id = e.agent_id AND a.status <> 'deprovisioned'
WHERE e.org_id = :org_id AND e.agent_id = :agent_id
ON CONFLICT DO NOTHING;

-- The same, if the message is in that state: a faster report may have moved it on.
-- name: callback_deliveries.add_state
INSERT INTO callback_deliveries (id, org_id, agent_id, lane, event, subject_id, state,
                                 next_attempt_at, created_at)
SELECT :id, e.org_id, e.agent_id, :lane, :event, m.id, 'waiting',
       CASE WHEN e.status = 'active' AND NOT EXISTS (
         SELECT 1 FROM callback_deliveries d WHERE d.lane = :lane AND d.state = 'waiting')
       THEN CAST(:at AS BIGINT) END,
       CAST(:at AS BIGINT)
FROM messages m
JOIN callback_endpoints e ON e.org_id = m.org_id AND e.agent_id = m.agent_id
JOIN agents a ON a.org_id = e.org_id AND a.id = e.agent_id AND a.status <> 'deprovisioned'
WHERE m.org_id = :org_id AND m.id = :message_id AND m.state = :state
ON CONFLICT DO NOTHING;

-- name: callback_deliveries.any_due
SELECT 1 AS due FROM callback_deliveries
WHERE state = 'waiting' AND next_attempt_at <= :now LIMIT 1;

-- The attempt counts before it is made: a delivery that ends the process ends as a dead letter too.
-- name: callback_deliveries.claim
-- dialect: sqlite
UPDATE callback_deliveries
SET worker = :worker, attempts = attempts + 1, next_attempt_at = :lease_until
WHERE sequence IN (
  SELECT sequence FROM callback_deliveries
  WHERE state = 'waiting' AND next_attempt_at <= :now ORDER BY next_attempt_at LIMIT :limit)
RETURNING sequence, id, org_id, agent_id, lane, event, subject_id, state, attempts,
          next_attempt_at, worker, last_status, last_error, created_at, ended_at;

-- name: callback_deliveries.claim
-- dialect: postgres
UPDATE callback_deliveries
SET worker = :worker, attempts = attempts + 1, next_attempt_at = :lease_until
WHERE sequence IN (
  SELECT sequence FROM callback_deliveries
  WHERE state = 'waiting' AND next_attempt_at <= :now ORDER BY next_attempt_at LIMIT :limit
  FOR UPDATE SKIP LOCKED)
RETURNING sequence, id, org_id, agent_id, lane, event, subject_id, state, attempts,
          next_attempt_at, worker, last_status, last_error, created_at, ended_at;

-- What this worker had taken when it last ended. What waits for its next try has no worker.
-- name: callback_deliveries.reclaim
UPDATE callback_deliveries SET worker = NULL, next_attempt_at = :now
WHERE state = 'waiting' AND worker = :worker;

-- name: callback_deliveries.finish
UPDATE callback_deliveries
SET state = :state, next_attempt_at = :next_attempt_at, worker = NULL, last_status = :last_status,
    last_error = :last_error, ended_at = :ended_at
WHERE org_id = :org_id AND id = :id AND state = 'waiting' AND worker = :worker
  AND attempts = :attempts;

-- The next of a lane whose first has ended.
-- name: callback_deliveries.advance
UPDATE callback_deliveries SET next_attempt_at = :at
WHERE org_id = :org_id AND state = 'waiting' AND next_attempt_at IS NULL AND sequence = (
  SELECT MIN(sequence) FROM callback_deliveries WHERE lane = :lane AND state = 'waiting');

-- The first of every lane of an agent, after its endpoint was enabled or something is replayed.
-- name: callback_deliveries.advance_agent
UPDATE callback_deliveries SET next_attempt_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND state = 'waiting'
  AND next_attempt_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM callback_deliveries d
                  WHERE d.lane = callback_deliveries.lane AND d.state = 'waiting'
                    AND d.sequence < callback_deliveries.sequence)
  AND EXISTS (SELECT 1 FROM callback_endpoints e
              WHERE e.org_id = :org_id AND e.agent_id = :agent_id AND e.status = 'active');

-- What was added in the moment in which the first of its lane ended, seen by neither of the two
-- transactions. Rare, and looked for now and then.
-- name: callback_deliveries.advance_forgotten
UPDATE callback_deliveries SET next_attempt_at = :at
WHERE state = 'waiting' AND next_attempt_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM callback_deliveries d
                  WHERE d.lane = callback_deliveries.lane AND d.state = 'waiting'
                    AND d.sequence < callback_deliveries.sequence)
  AND EXISTS (SELECT 1 FROM callback_endpoints e
              WHERE e.org_id = callback_deliveries.org_id
                AND e.agent_id = callback_deliveries.agent_id AND e.status = 'active');

-- name: callback_deliveries.park
UPDATE callback_deliveries SET next_attempt_at = NULL
WHERE org_id = :org_id AND agent_id = :agent_id AND state = 'waiting' AND worker IS NULL
  AND EXISTS (SELECT 1 FROM callback_endpoints e
              WHERE e.org_id = :org_id AND e.agent_id = :agent_id AND e.status = 'disabled');

-- name: callback_deliveries.give_up
UPDATE callback_deliveries
SET state = 'dead', next_attempt_at = NULL, worker = NULL, last_error = :error, ended_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND state = 'waiting';

-- name: callback_deliveries.replay
UPDATE callback_deliveries
SET state = 'waiting', attempts = 0, next_attempt_at = NULL, worker = NULL, ended_at = NULL
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id AND state IN ('dead', 'delivered');

-- name: callback_deliveries.replay_all
UPDATE callback_deliveries
SET state = 'waiting', attempts = 0, next_attempt_at = NULL, worker = NULL, ended_at = NULL
WHERE org_id = :org_id AND agent_id = :agent_id AND state = :state AND created_at >= :since;

-- name: callback_deliveries.find
SELECT sequence, id, org_id, agent_id, lane, event, subject_id, state, attempts,
       next_attempt_at, worker, last_status, last_error, created_at, ended_at
FROM callback_deliveries WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id;

-- name: callback_deliveries.list
SELECT sequence, id, org_id, agent_id, lane, event, subject_id, state, attempts,
       next_attempt_at, worker, last_status, last_error, created_at, ended_at
FROM callback_deliveries
WHERE org_id = :org_id AND agent_id = :agent_id
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
ORDER BY sequence DESC LIMIT :limit;

-- name: callback_deliveries.count
SELECT state, COUNT(*) AS count FROM callback_deliveries
WHERE org_id = :org_id AND agent_id = :agent_id GROUP BY state;
