-- The content of a dead letter is there when the server keeps bodies.
-- name: inbox.list
SELECT i.sequence, i.id, i.org_id, i.agent_id, i.channel, i.provider, i.vendor_id,
       i.from_address, i.to_address, i.subject, i.body, i.html, i.media_json, i.extra_json,
       i.received_at, i.acknowledged_at, i.direction, i.reason, i.error_details, i.message_id,
       COALESCE(c.contact_id, i.thread_address) AS thread,
       EXISTS (SELECT 1 FROM media f WHERE f.item_id = i.id) AS media_kept,
       p.content AS original_content
FROM inbox i
LEFT JOIN contact_addresses c ON c.org_id = i.org_id AND c.agent_id = i.agent_id
                             AND c.address = i.thread_address
LEFT JOIN message_payloads p ON p.org_id = i.org_id AND p.message_id = i.message_id
                            AND i.direction = 'outbound'
WHERE i.org_id = :org_id AND i.agent_id = :agent_id AND i.sequence > :after
  AND (CAST(:channel AS TEXT) IS NULL OR i.channel = :channel)
ORDER BY i.sequence LIMIT :limit;

-- name: inbox.list_waiting
SELECT i.sequence, i.id, i.org_id, i.agent_id, i.channel, i.provider, i.vendor_id,
       i.from_address, i.to_address, i.subject, i.body, i.html, i.media_json, i.extra_json,
       i.received_at, i.acknowledged_at, i.direction, i.reason, i.error_details, i.message_id,
       COALESCE(c.contact_id, i.thread_address) AS thread,
       EXISTS (SELECT 1 FROM media f WHERE f.item_id = i.id) AS media_kept,
       p.content AS original_content
FROM inbox i
LEFT JOIN contact_addresses c ON c.org_id = i.org_id AND c.agent_id = i.agent_id
                             AND c.address = i.thread_address
LEFT JOIN message_payloads p ON p.org_id = i.org_id AND p.message_id = i.message_id
                            AND i.direction = 'outbound'
WHERE i.org_id = :org_id AND i.agent_id = :agent_id AND i.sequence > :after
  AND i.acknowledged_at IS NULL
  AND (CAST(:channel AS TEXT) IS NULL OR i.channel = :channel)
ORDER BY i.sequence LIMIT :limit;

-- name: inbox.find
SELECT i.sequence, i.id, i.org_id, i.agent_id, i.channel, i.provider, i.vendor_id,
       i.from_address, i.to_address, i.subject, i.body, i.html, i.media_json, i.extra_json,
       i.received_at, i.acknowledged_at, i.direction, i.reason, i.error_details, i.message_id,
       COALESCE(c.contact_id, i.thread_address) AS thread,
       EXISTS (SELECT 1 FROM media f WHERE f.item_id = i.id) AS media_kept,
       CAST(NULL AS TEXT) AS original_content
FROM inbox i
LEFT JOIN contact_addresses c ON c.org_id = i.org_id AND c.agent_id = i.agent_id
                             AND c.address = i.thread_address
WHERE i.org_id = :org_id AND i.agent_id = :agent_id AND i.id = :id;

-- name: inbox.count_waiting
SELECT COUNT(*) AS count FROM inbox
WHERE org_id = :org_id AND agent_id = :agent_id AND acknowledged_at IS NULL;

-- For those who wait: whether another process stored something.
-- name: inbox.newest
SELECT MAX(sequence) AS newest FROM inbox WHERE org_id = :org_id AND agent_id = :agent_id;

-- The numbers of an agent's inbox become visible in their order, or who reads on from a number would
-- miss a lower one that is committed later: a number is drawn behind this lock, which is held until
-- it is committed. SQLite has one writer anyway.
-- name: inbox.lock
-- dialect: sqlite
SELECT :org_id, :agent_id;

-- name: inbox.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(
  hashtextextended(CAST(:org_id AS TEXT) || ' ' || CAST(:agent_id AS TEXT), 4804));

-- The same for the agent of a message.
-- name: inbox.lock_of_message
-- dialect: sqlite
SELECT 1 FROM messages WHERE org_id = :org_id AND id = :message_id;

-- name: inbox.lock_of_message
-- dialect: postgres
SELECT pg_advisory_xact_lock(hashtextextended(m.org_id || ' ' || m.agent_id, 4804))
FROM messages m WHERE m.org_id = :org_id AND m.id = :message_id;

-- name: inbox.add
INSERT INTO inbox (id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
                   subject, body, html, media_json, extra_json, received_at, reason,
                   thread_address)
VALUES (:id, :org_id, :agent_id, :channel, :provider, :vendor_id, :from_address, :to_address,
        :subject, :body, :html, :media_json, :extra_json, :received_at, :reason,
        :thread_address)
RETURNING sequence;

-- What is known of a message that came to nothing, if it is in that state: a faster report may have
-- moved it on.
-- name: inbox.add_dead_letter
INSERT INTO inbox (id, org_id, agent_id, channel, provider, vendor_id, from_address, to_address,
                   received_at, direction, reason, error_details, message_id, thread_address)
SELECT :id, m.org_id, m.agent_id, m.channel, COALESCE(m.provider, 'none'), m.vendor_id,
       m.from_address, m.to_address, CAST(:at AS BIGINT), 'outbound', :reason,
       COALESCE(m.failure_reason, m.error_code), m.id, lower(m.to_address)
FROM messages m
WHERE m.org_id = :org_id AND m.id = :message_id AND m.state = :state;

-- The callback of an item ended as a dead letter; the item goes on waiting.
-- name: inbox.set_reason
UPDATE inbox SET reason = :reason, error_details = :error_details
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id AND acknowledged_at IS NULL;

-- News settled what a dead letter said nobody knows.
-- name: inbox.settle
UPDATE inbox SET acknowledged_at = :at
WHERE org_id = :org_id AND message_id = :message_id AND reason = :reason
  AND acknowledged_at IS NULL;

-- name: inbox.acknowledge
UPDATE inbox SET acknowledged_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id AND acknowledged_at IS NULL;

-- name: inbox.acknowledge_up_to
UPDATE inbox SET acknowledged_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND sequence <= :sequence
  AND acknowledged_at IS NULL
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel);
