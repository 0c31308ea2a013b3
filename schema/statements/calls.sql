-- name: calls.find
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls WHERE org_id = :org_id AND id = :id;

-- name: calls.find_by_vendor_id
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls WHERE org_id = :org_id AND provider = :provider AND vendor_id = :vendor_id;

-- Vendors' ids are asked for among the vendors that the agent's calls go over. A number is at one or
-- more of them, whose names are words.
-- name: calls.find_of_agent
-- dialect: sqlite
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls
WHERE org_id = :org_id AND agent_id = :agent_id AND vendor_id = :vendor_id
  AND provider IN (SELECT w.value
                   FROM channels c, json_each('["' || replace(c.provider, ' ', '","') || '"]') w
                   WHERE c.org_id = :org_id AND c.agent_id = :agent_id AND c.channel = 'voice'
                   UNION
                   SELECT w.value
                   FROM number_pool n, json_each('["' || replace(n.provider, ' ', '","') || '"]') w
                   WHERE n.org_id = :org_id)
ORDER BY id DESC LIMIT 1;

-- name: calls.find_of_agent
-- dialect: postgres
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls
WHERE org_id = :org_id AND agent_id = :agent_id AND vendor_id = :vendor_id
  AND provider IN (SELECT unnest(string_to_array(c.provider, ' ')) FROM channels c
                   WHERE c.org_id = :org_id AND c.agent_id = :agent_id AND c.channel = 'voice'
                   UNION
                   SELECT unnest(string_to_array(n.provider, ' ')) FROM number_pool n
                   WHERE n.org_id = :org_id)
ORDER BY id DESC LIMIT 1;

-- name: calls.of_bridges
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls WHERE org_id = :org_id AND bridge_id IS NOT NULL ORDER BY id DESC LIMIT :limit;

-- name: calls.cost_due
SELECT id, org_id, agent_id, direction, purpose, from_address, to_address, state, state_rank,
       provider, vendor_id, parent_id, bridge_id, error_code, vendor_code, failure_reason,
       failure_remedy, cost_micros, cost_currency, cost_due_at, cost_looks, duration_ms,
       answered_by, recording_id, recording_url, attempts, content_hash, created_at, answered_at,
       ended_at, updated_at
FROM calls WHERE cost_due_at <= :now ORDER BY cost_due_at LIMIT :limit;

-- name: calls.accept
INSERT INTO calls (id, org_id, agent_id, direction, purpose, from_address, to_address, state,
                   state_rank, provider, vendor_id, parent_id, bridge_id, attempts, content_hash,
                   created_at, ended_at, updated_at)
VALUES (:id, :org_id, :agent_id, :direction, :purpose, :from_address, :to_address, :state,
        :state_rank, :provider, :vendor_id, :parent_id, :bridge_id, :attempts, :content_hash,
        :created_at, :ended_at, :updated_at)
ON CONFLICT DO NOTHING;

-- name: calls.start_attempt
UPDATE calls
SET provider = :provider, attempts = :number, updated_at = :at
WHERE org_id = :org_id AND id = :id AND state = :expected_state AND attempts = CAST(:number AS BIGINT) - 1;

-- A callback may come before the vendor's reply to the request is stored: what it said stays.
-- name: calls.set_result
UPDATE calls
SET state = CASE WHEN state = :expected_state THEN :state ELSE state END,
    state_rank = CASE WHEN state = :expected_state THEN :state_rank ELSE state_rank END,
    vendor_id = COALESCE(vendor_id, :vendor_id),
    error_code = CASE WHEN state = :expected_state THEN :error_code ELSE error_code END,
    vendor_code = CASE WHEN state = :expected_state THEN :vendor_code ELSE vendor_code END,
    failure_reason = CASE WHEN state = :expected_state THEN :failure_reason
                          ELSE failure_reason END,
    failure_remedy = CASE WHEN state = :expected_state THEN :failure_remedy
                          ELSE failure_remedy END,
    ended_at = CASE WHEN state = :expected_state THEN CAST(:ended_at AS BIGINT) ELSE ended_at END,
    cost_micros = CASE WHEN cost_currency IS NULL THEN :cost_micros ELSE cost_micros END,
    cost_currency = COALESCE(cost_currency, :cost_currency),
    updated_at = :at
WHERE org_id = :org_id AND id = :id;

-- A status may be the first news with the vendor's id, when the answer to the request was lost.
-- What an attempt thought had failed is put right by it.
-- name: calls.set_status
UPDATE calls
SET state = :state, state_rank = :state_rank,
    vendor_id = COALESCE(vendor_id, :vendor_id),
    error_code = :error_code, vendor_code = :vendor_code, failure_reason = :failure_reason,
    failure_remedy = NULL,
    duration_ms = COALESCE(:duration_ms, duration_ms),
    answered_at = COALESCE(answered_at, :answered_at),
    ended_at = COALESCE(ended_at, :ended_at),
    cost_due_at = CASE WHEN cost_currency IS NULL THEN CAST(:cost_due_at AS BIGINT)
                       ELSE cost_due_at END,
    updated_at = :at
WHERE org_id = :org_id AND id = :id AND state_rank < :state_rank;

-- What is learnt of a call beside its state.
-- name: calls.note
UPDATE calls
SET answered_by = COALESCE(:answered_by, answered_by),
    duration_ms = COALESCE(duration_ms, :duration_ms),
    recording_id = COALESCE(:recording_id, recording_id),
    recording_url = COALESCE(:recording_url, recording_url),
    updated_at = :at
WHERE org_id = :org_id AND id = :id;

-- name: calls.set_cost
UPDATE calls
SET cost_micros = :cost_micros, cost_currency = :cost_currency,
    duration_ms = COALESCE(duration_ms, :duration_ms), cost_due_at = NULL, updated_at = :at
WHERE org_id = :org_id AND id = :id;

-- Of several workers one looks: the moment it was due at is the claim.
-- name: calls.take_cost_look
UPDATE calls SET cost_due_at = :next_at, cost_looks = cost_looks + 1
WHERE org_id = :org_id AND id = :id AND cost_due_at = :due_at;

-- name: call_scripts.find
SELECT content FROM call_scripts WHERE org_id = :org_id AND call_id = :call_id;

-- name: call_scripts.add
INSERT INTO call_scripts (call_id, org_id, content) VALUES (:id, :org_id, :content);

-- name: call_scripts.kept
SELECT content FROM call_scripts
WHERE org_id = :org_id AND call_id = :call_id AND keep_until > :now;

-- name: call_scripts.keep
UPDATE call_scripts SET keep_until = :until WHERE org_id = :org_id AND call_id = :call_id;

-- name: call_scripts.drop
DELETE FROM call_scripts WHERE org_id = :org_id AND call_id = :call_id;

-- name: call_attempts.of_call
SELECT id, org_id, call_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       started_at, ended_at
FROM call_attempts WHERE org_id = :org_id AND call_id = :call_id ORDER BY number;

-- name: call_attempts.find
SELECT id, org_id, call_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       started_at, ended_at
FROM call_attempts WHERE id = :id;

-- name: call_attempts.open
SELECT id, org_id, call_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       started_at, ended_at
FROM call_attempts WHERE outcome IS NULL AND id > :after_id ORDER BY id LIMIT :limit;

-- name: call_attempts.open_of_worker
SELECT id, org_id, call_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       started_at, ended_at
FROM call_attempts
WHERE outcome IS NULL AND worker = :worker AND id > :after_id ORDER BY id LIMIT :limit;

-- name: call_attempts.start
INSERT INTO call_attempts (id, org_id, call_id, number, provider, started_at, worker)
VALUES (:id, :org_id, :call_id, :number, :provider, :started_at, :worker)
ON CONFLICT DO NOTHING;

-- name: call_attempts.end
UPDATE call_attempts
SET outcome = :outcome, error_code = :error_code, vendor_code = :vendor_code,
    vendor_id = :vendor_id, ended_at = :at
WHERE org_id = :org_id AND id = :id AND call_id = :call_id AND outcome IS NULL;

-- name: call_timeline.of_call
SELECT at, state, detail FROM call_timeline
WHERE org_id = :org_id AND call_id = :call_id ORDER BY sequence;

-- name: call_timeline.add
INSERT INTO call_timeline (org_id, call_id, at, state, detail)
VALUES (:org_id, :call_id, :at, :state, :detail);
