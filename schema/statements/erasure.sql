-- Where a contact stands, for schema/privacy/erasure.json. These read beside the writer; the rows
-- go by their keys, a few at a time.

-- Callers choose keys, and some make them of addresses. As a word of the key only: the beginning of
-- another number is not this one, and its claim is what keeps a message from going out twice.
-- name: erasure.idempotency
SELECT i.org_id, i.agent_id, i.tool, i.key FROM idempotency i
WHERE i.org_id = :org_id
  AND (replace(replace(replace(replace(':' || lower(i.key) || ':', '/', ':'), '|', ':'), ' ', ':'),
               ',', ':') LIKE '%:' || CAST(:pattern AS TEXT) || ':%' ESCAPE '\'
       OR EXISTS (SELECT 1 FROM messages m
                  WHERE m.org_id = i.org_id AND m.id = i.message_id
                    AND lower(m.to_address) = :address AND m.state <> 'attempting')
       OR EXISTS (SELECT 1 FROM calls c
                  WHERE c.org_id = i.org_id AND c.id = i.message_id AND c.ended_at IS NOT NULL
                    AND :address IN (lower(c.to_address), lower(c.from_address))))
LIMIT :limit;

-- Copies for the organization, whose words name the contact: they are found through what they copy,
-- so they go first, and what they copy waits for one that is being sent.
-- name: erasure.copies
SELECT m.org_id, m.agent_id, m.id FROM messages m
WHERE m.org_id = :org_id AND m.copy_of IS NOT NULL AND m.state <> 'attempting'
  AND (EXISTS (SELECT 1 FROM messages o
               WHERE o.org_id = m.org_id AND o.id = m.copy_of AND lower(o.to_address) = :address)
       OR EXISTS (SELECT 1 FROM inbox i
                  WHERE i.org_id = m.org_id AND i.id = m.copy_of
                    AND (lower(i.from_address) = :address
                         OR lower(i.from_address)
                            LIKE '%<' || CAST(:pattern AS TEXT) || '>%' ESCAPE '\')))
LIMIT :limit;

-- What is being sent at this moment ends first.
-- name: erasure.messages
SELECT m.org_id, m.agent_id, m.id FROM messages m
WHERE m.org_id = :org_id AND lower(m.to_address) = :address AND m.state <> 'attempting'
  AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.org_id = m.org_id AND c.copy_of = m.id)
LIMIT :limit;

-- name: erasure.waiting
SELECT m.id FROM messages m
WHERE m.org_id = :org_id AND lower(m.to_address) = :address
  AND m.state IN ('scheduled', 'accepted')
ORDER BY m.id LIMIT :limit;

-- A mail's sender may have a name beside the address.
-- name: erasure.inbox
SELECT i.org_id, i.agent_id, i.id FROM inbox i
WHERE i.org_id = :org_id
  AND (lower(i.from_address) = :address
       OR lower(i.from_address) LIKE '%<' || CAST(:pattern AS TEXT) || '>%' ESCAPE '\'
       OR (lower(i.to_address) = :address AND i.direction = 'outbound'))
  AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.org_id = i.org_id AND c.copy_of = i.id)
LIMIT :limit;

-- Others' mail of which the contact had a copy.
-- name: erasure.inbox_mentions
SELECT i.org_id, i.agent_id, i.id FROM inbox i
WHERE i.org_id = :org_id
  AND replace(replace(replace(replace(replace(
        ':' || lower(COALESCE(i.extra_json, '')) || ':' || lower(COALESCE(i.to_address, '')) || ':',
        '"', ':'), ' ', ':'), ',', ':'), '<', ':'), '>', ':')
      LIKE '%:' || CAST(:pattern AS TEXT) || ':%' ESCAPE '\'
LIMIT :limit;

-- name: erasure.calls
SELECT c.org_id, c.id FROM calls c
WHERE c.org_id = :org_id AND :address IN (lower(c.to_address), lower(c.from_address))
  AND c.ended_at IS NOT NULL
LIMIT :limit;

-- name: erasure.bridges
SELECT b.org_id, b.id FROM bridges b
WHERE b.org_id = :org_id
  AND :address IN (lower(b.caller), lower(b.destination))
LIMIT :limit;

-- name: erasure.one_time_codes
SELECT o.org_id, o.id FROM one_time_codes o
WHERE o.org_id = :org_id AND o.contact_hash = :code_hash LIMIT :limit;

-- name: erasure.consents
SELECT c.org_id, c.contact_hash, c.agent_id, c.channel FROM consents c
WHERE c.org_id = :org_id AND c.contact_hash = :contact_hash LIMIT :limit;

-- name: erasure.whatsapp_windows
SELECT w.org_id, w.agent_id, w.contact_hash FROM whatsapp_windows w
WHERE w.org_id = :org_id AND w.contact_hash = :contact_hash LIMIT :limit;

-- name: erasure.number_threads
SELECT t.org_id, t.number, t.contact_hash FROM number_threads t
WHERE t.org_id = :org_id AND t.contact_hash = :contact_hash LIMIT :limit;

-- name: erasure.mail_ids
SELECT m.org_id, m.agent_id, m.mail_id FROM mail_ids m
WHERE m.org_id = :org_id AND m.address = :address LIMIT :limit;

-- Others' mail that answers the contact's.
-- name: erasure.inbox_threads
SELECT i.org_id, i.agent_id, i.id FROM inbox i
WHERE i.org_id = :org_id AND i.thread_address = :address
  AND COALESCE(lower(i.from_address), '') <> :address
LIMIT :limit;

-- name: erasure.contact_addresses
SELECT c.org_id, c.agent_id, c.address FROM contact_addresses c
WHERE c.org_id = :org_id AND c.address = :address LIMIT :limit;

-- An orchestrator's sessions stand under '*'. The id names the contact to this server only.
-- name: erasure.mcp_sessions
SELECT s.org_id, s.id FROM mcp_sessions s
WHERE (s.org_id = :org_id OR s.org_id = '*')
  AND s.wishes_json LIKE '%' || CAST(:thread AS TEXT) || '%' ESCAPE '\'
LIMIT :limit;

-- name: erasure.mcp_tasks
SELECT t.org_id, t.id_hash FROM mcp_tasks t
WHERE (t.org_id = :org_id OR t.org_id = '*')
  AND (lower(t.error_json) LIKE '%' || CAST(:pattern AS TEXT) || '%' ESCAPE '\'
       OR lower(t.status_message) LIKE '%' || :pattern || '%' ESCAPE '\')
LIMIT :limit;

-- What an erasure has to wait for.
-- name: erasure.under_way
SELECT (SELECT COUNT(*) FROM messages m
        WHERE m.org_id = :org_id AND lower(m.to_address) = :address) +
       (SELECT COUNT(*) FROM messages c
        JOIN inbox i ON i.org_id = c.org_id AND i.id = c.copy_of
        WHERE c.org_id = :org_id AND c.copy_of IS NOT NULL AND lower(i.from_address) = :address) +
       (SELECT COUNT(*) FROM calls c
        WHERE c.org_id = :org_id AND :address IN (lower(c.to_address), lower(c.from_address)))
       AS count;

-- An address of the organization's own is no contact's.
-- name: erasure.own_address
SELECT COUNT(*) AS count FROM (
  SELECT c.address AS address FROM channels c WHERE c.org_id = :org_id AND c.status <> 'released'
  UNION ALL
  SELECT p.number AS address FROM number_pool p WHERE p.org_id = :org_id
  UNION ALL
  SELECT w.number AS address FROM whatsapp_senders w WHERE w.org_id = :org_id) AS own
WHERE lower(own.address) = :address;

-- name: idempotency.forget
DELETE FROM idempotency
WHERE org_id = :org_id AND agent_id = :agent_id AND tool = :tool AND key = :key
RETURNING message_id;

-- name: callback_deliveries.forget
DELETE FROM callback_deliveries
WHERE org_id = :org_id AND agent_id = :agent_id AND subject_id = :id;

-- name: callback_copies.forget
DELETE FROM callback_copies
WHERE org_id = :org_id AND agent_id = :agent_id AND subject_id = :id;

-- The dead letter of a message goes with it.
-- name: inbox.forget_message
DELETE FROM inbox WHERE org_id = :org_id AND agent_id = :agent_id AND message_id = :id;

-- name: messages.forget
DELETE FROM messages
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id AND state <> 'attempting'
RETURNING id;

-- name: inbox.forget_others
UPDATE inbox SET extra_json = NULL, to_address = NULL
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id
RETURNING id;

-- name: bridges.forget
DELETE FROM bridges WHERE org_id = :org_id AND id = :id RETURNING id;

-- A refusal outlives the person's data.
-- name: suppressions.keep_refusal
INSERT INTO suppressions (org_id, agent_id, channel, contact_hash, source, created_at)
SELECT c.org_id, c.agent_id, c.channel, c.contact_hash, 'refusal', c.revoked_at
FROM consents c
WHERE c.org_id = :org_id AND c.contact_hash = :contact_hash AND c.agent_id = :agent_id
  AND c.channel = :channel AND c.status = 'revoked'
ON CONFLICT DO NOTHING;

-- name: consents.forget
DELETE FROM consents
WHERE org_id = :org_id AND contact_hash = :contact_hash AND agent_id = :agent_id
  AND channel = :channel
RETURNING id;

-- name: whatsapp_windows.forget
DELETE FROM whatsapp_windows
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash
RETURNING agent_id;

-- name: mail_ids.forget
DELETE FROM mail_ids
WHERE org_id = :org_id AND agent_id = :agent_id AND mail_id = :mail_id
RETURNING mail_id;

-- name: inbox.forget_thread
UPDATE inbox SET thread_address = lower(from_address)
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id
RETURNING id;

-- name: contact_addresses.forget
DELETE FROM contact_addresses
WHERE org_id = :org_id AND agent_id = :agent_id AND address = :address
RETURNING address;

-- name: number_threads.forget
DELETE FROM number_threads
WHERE org_id = :org_id AND number = :number AND contact_hash = :contact_hash
RETURNING number;

-- name: mcp_sessions.forget_wishes
UPDATE mcp_sessions SET wishes_json = NULL WHERE org_id = :org_id AND id = :id RETURNING id;

-- name: mcp_tasks.forget_words
UPDATE mcp_tasks SET error_json = NULL, status_message = NULL
WHERE org_id = :org_id AND id_hash = :id_hash
RETURNING id_hash;

-- name: suppressions.count_of_contact
SELECT COUNT(*) AS count FROM suppressions
WHERE org_id = :org_id AND contact_hash = :contact_hash;

-- name: erasures.find
SELECT id, org_id, contact_hash, sealed_contact, status, worker, lease_until, counts_json,
       requested_at, completed_at
FROM erasures WHERE org_id = :org_id AND id = :id;

-- name: erasures.find_pending
SELECT id, org_id, contact_hash, sealed_contact, status, worker, lease_until, counts_json,
       requested_at, completed_at
FROM erasures
WHERE org_id = :org_id AND contact_hash = :contact_hash AND status = 'pending'
ORDER BY id LIMIT 1;

-- name: erasures.due
SELECT id, org_id, contact_hash, sealed_contact, status, worker, lease_until, counts_json,
       requested_at, completed_at
FROM erasures WHERE status = 'pending' AND lease_until <= :now ORDER BY lease_until LIMIT :limit;

-- name: erasures.pending
SELECT id, org_id, contact_hash, sealed_contact, status, worker, lease_until, counts_json,
       requested_at, completed_at
FROM erasures WHERE status = 'pending' ORDER BY id;

-- name: erasures.reseal
UPDATE erasures SET sealed_contact = :sealed_contact
WHERE org_id = :org_id AND id = :id AND sealed_contact = :sealed_contact_before;

-- name: erasures.add
INSERT INTO erasures (id, org_id, contact_hash, sealed_contact, status, worker, lease_until,
                      requested_at)
VALUES (:id, :org_id, :contact_hash, :sealed_contact, 'pending', :worker, :lease_until, :at);

-- name: erasures.claim
UPDATE erasures SET worker = :worker, lease_until = :lease_until
WHERE org_id = :org_id AND id = :id AND status = 'pending' AND lease_until <= :now;

-- name: erasures.progress
UPDATE erasures SET counts_json = :counts_json, lease_until = :lease_until
WHERE org_id = :org_id AND id = :id AND status = 'pending';

-- name: erasures.finish
UPDATE erasures
SET status = 'done', sealed_contact = NULL, counts_json = :counts_json, completed_at = :at
WHERE org_id = :org_id AND id = :id AND status = 'pending';
