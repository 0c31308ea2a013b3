-- name: messages.find
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages WHERE org_id = :org_id AND id = :id;

-- The casts tell PostgreSQL the type of a parameter that is only compared with NULL.
-- name: messages.list
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages
WHERE org_id = :org_id
  AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id)
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel)
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
  AND (CAST(:before_id AS TEXT) IS NULL OR id < :before_id)
ORDER BY id DESC LIMIT :limit;

-- name: messages.find_by_vendor_id
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages WHERE provider = :provider AND vendor_id = :vendor_id ORDER BY id DESC LIMIT 1;

-- name: messages.find_by_vendor_id_in_org
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages
WHERE org_id = :org_id AND provider = :provider AND vendor_id = :vendor_id
ORDER BY id DESC LIMIT 1;

-- name: messages.due
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages
WHERE next_attempt_at <= :now AND state <> 'scheduled' ORDER BY next_attempt_at LIMIT :limit;

-- name: messages.due_scheduled
SELECT id, org_id, agent_id, channel, from_address, to_address, state, state_rank, provider,
       vendor_id, error_code, vendor_code, failure_reason, failure_remedy, cost_micros,
       cost_currency, attempts, content_hash, created_at, updated_at, next_attempt_at, started_at,
       copy_of
FROM messages
WHERE next_attempt_at <= :now AND state = 'scheduled' AND copy_of IS NULL
ORDER BY next_attempt_at LIMIT :limit;

-- name: messages.accept
INSERT INTO messages (id, org_id, agent_id, channel, from_address, to_address, state, state_rank,
                      provider, attempts, content_hash, created_at, updated_at, next_attempt_at)
VALUES (:id, :org_id, :agent_id, :channel, :from_address, :to_address, :state, :state_rank,
        :provider, :attempts, :content_hash, :created_at, :updated_at, :next_attempt_at)
ON CONFLICT DO NOTHING;

-- The message is in one state only and counts its attempts, so of two workers one wins.
-- name: messages.start_attempt
UPDATE messages
SET state = :state, state_rank = :state_rank, provider = :provider, attempts = :number,
    next_attempt_at = NULL, updated_at = :at
WHERE org_id = :org_id AND id = :id AND state = :expected_state AND attempts = CAST(:number AS BIGINT) - 1;

-- The sender is chosen anew when the time has come.
-- name: messages.set_started
UPDATE messages SET started_at = :at, from_address = :from_address
WHERE org_id = :org_id AND id = :id;

-- A callback may come before the vendor's reply to the request is stored: what it said stays, the
-- price too. It is then also the last word on failure and on a retry.
-- name: messages.set_result
UPDATE messages
SET state = CASE WHEN state = :expected_state THEN :state ELSE state END,
    state_rank = CASE WHEN state = :expected_state THEN :state_rank ELSE state_rank END,
    vendor_id = COALESCE(:vendor_id, vendor_id),
    error_code = CASE WHEN state = :expected_state THEN :error_code ELSE error_code END,
    vendor_code = CASE WHEN state = :expected_state THEN :vendor_code ELSE vendor_code END,
    failure_reason = CASE WHEN state = :expected_state THEN :failure_reason
                          ELSE failure_reason END,
    failure_remedy = CASE WHEN state = :expected_state THEN :failure_remedy
                          ELSE failure_remedy END,
    cost_micros = CASE WHEN cost_currency IS NULL THEN :cost_micros ELSE cost_micros END,
    cost_currency = COALESCE(cost_currency, :cost_currency),
    next_attempt_at = CASE WHEN state = :expected_state THEN CAST(:next_attempt_at AS BIGINT)
                           ELSE next_attempt_at END,
    updated_at = :at
WHERE org_id = :org_id AND id = :id;

-- A status may be the first news with the vendor's id, when the answer to the send was lost.
-- name: messages.set_status
UPDATE messages
SET state = :state, state_rank = :state_rank,
    vendor_id = COALESCE(vendor_id, :vendor_id),
    error_code = COALESCE(:error_code, error_code),
    vendor_code = COALESCE(:vendor_code, vendor_code),
    failure_reason = COALESCE(:failure_reason, failure_reason),
    next_attempt_at = NULL, updated_at = :at
WHERE org_id = :org_id AND id = :id AND state_rank < :state_rank;

-- The vendor's bill, which comes after the delivery: it is the last word.
-- name: messages.set_cost
UPDATE messages SET cost_micros = :cost_micros, cost_currency = :cost_currency
WHERE org_id = :org_id AND id = :id;

-- name: messages.postpone
UPDATE messages SET next_attempt_at = :next_attempt_at, updated_at = :at
WHERE org_id = :org_id AND id = :id AND state = :expected_state;

-- The end of a message that waits and that nothing more can be tried for.
-- name: messages.give_up
UPDATE messages
SET state = :state, state_rank = :state_rank, error_code = :error_code,
    failure_reason = :failure_reason, failure_remedy = :failure_remedy,
    next_attempt_at = NULL, updated_at = :at
WHERE org_id = :org_id AND id = :id AND state = :expected_state AND attempts = :attempts;

-- name: message_payloads.find
SELECT content FROM message_payloads WHERE org_id = :org_id AND message_id = :id;

-- name: message_payloads.add
INSERT INTO message_payloads (message_id, org_id, content) VALUES (:id, :org_id, :content);

-- What is kept by choice, or until somebody found out what became of the message.
-- name: message_payloads.kept
SELECT content FROM message_payloads
WHERE org_id = :org_id AND message_id = :id AND keep_until > :now;

-- name: message_payloads.keep
UPDATE message_payloads SET keep_until = :until WHERE org_id = :org_id AND message_id = :id;

-- name: message_payloads.drop
DELETE FROM message_payloads WHERE org_id = :org_id AND message_id = :id;

-- name: attempts.of_message
SELECT id, org_id, message_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       detail, started_at, ended_at
FROM attempts WHERE org_id = :org_id AND message_id = :message_id ORDER BY number;

-- name: attempts.find
SELECT id, org_id, message_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       detail, started_at, ended_at
FROM attempts WHERE id = :id;

-- name: attempts.open
SELECT id, org_id, message_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       detail, started_at, ended_at
FROM attempts WHERE outcome IS NULL AND id > :after_id ORDER BY id LIMIT :limit;

-- name: attempts.open_of_worker
SELECT id, org_id, message_id, number, provider, outcome, error_code, vendor_code, vendor_id,
       detail, started_at, ended_at
FROM attempts
WHERE outcome IS NULL AND worker = :worker AND id > :after_id ORDER BY id LIMIT :limit;

-- name: attempts.start
INSERT INTO attempts (id, org_id, message_id, number, provider, started_at, worker)
VALUES (:id, :org_id, :message_id, :number, :provider, :started_at, :worker)
ON CONFLICT DO NOTHING;

-- name: attempts.end
UPDATE attempts
SET outcome = :outcome, error_code = :error_code, vendor_code = :vendor_code,
    vendor_id = :vendor_id, detail = :detail, ended_at = :at
WHERE org_id = :org_id AND id = :id AND message_id = :message_id AND outcome IS NULL;

-- name: timeline.of_message
SELECT at, state, detail FROM timeline
WHERE org_id = :org_id AND message_id = :message_id ORDER BY sequence;

-- name: timeline.add
INSERT INTO timeline (org_id, message_id, at, state, detail)
VALUES (:org_id, :message_id, :at, :state, :detail);
