-- What is old enough to be deleted, for schema/privacy/retention.json. These read beside the
-- writer; the rows go by their keys, a few at a time. No row of an organization under a legal hold,
-- and none that something still waits for.

-- name: retention.dead_letters
SELECT i.org_id, i.agent_id, i.id FROM inbox i
WHERE i.acknowledged_at < :before AND i.reason IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = i.org_id)
ORDER BY i.acknowledged_at LIMIT :limit;

-- What an agent's organization keeps stays for longer; the nearest choice counts.
-- name: retention.inbox
SELECT i.org_id, i.agent_id, i.id FROM inbox i
WHERE i.acknowledged_at < :before AND i.reason IS NULL
  AND i.received_at < CAST(:now AS BIGINT) - 86400000 * COALESCE(
    (SELECT b.days FROM body_storage b WHERE b.org_id = i.org_id AND b.agent_id = i.agent_id),
    (SELECT b.days FROM body_storage b WHERE b.org_id = i.org_id AND b.agent_id = '*'),
    CAST(:body_days AS BIGINT))
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = i.org_id)
ORDER BY i.acknowledged_at LIMIT :limit;

-- name: retention.message_bodies
SELECT p.org_id, p.message_id AS id FROM message_payloads p
WHERE p.keep_until <= :now
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = p.org_id)
ORDER BY p.keep_until LIMIT :limit;

-- name: retention.call_scripts
SELECT s.org_id, s.call_id AS id FROM call_scripts s
WHERE s.keep_until <= :now
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = s.org_id)
ORDER BY s.keep_until LIMIT :limit;

-- Ids begin with their time, so the oldest come first without an index of their own, which would
-- cost every send a write. A message that was scheduled far ahead is as old as its last change.
-- name: retention.messages
SELECT m.org_id, m.id FROM messages m
WHERE m.id < 'msg_' || CAST(:before_id AS TEXT)
  AND m.state NOT IN ('scheduled', 'accepted', 'attempting') AND m.next_attempt_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = m.org_id)
ORDER BY m.id LIMIT :limit;

-- name: retention.calls
SELECT c.org_id, c.id FROM calls c
WHERE c.ended_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = c.org_id)
ORDER BY c.ended_at LIMIT :limit;

-- name: retention.usage
SELECT u.org_id, u.agent_id, u.action, u.time_window, u.window_start FROM usage u
WHERE u.window_start < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = u.org_id)
LIMIT :limit;

-- By agent and lane ('' its actions, '/copies' their copies). The times never fall with the numbers:
-- what is old is a beginning of each lane's, and only lanes whose oldest is old are looked at. An
-- index by age would cost every action a write.
-- name: retention.reservations
SELECT r.org_id, r.agent_id, r.sequence
FROM agents g
CROSS JOIN (SELECT '' AS lane UNION ALL SELECT '/copies') l
JOIN reservations oldest ON oldest.org_id = g.org_id AND oldest.agent_id = g.id || l.lane
                        AND oldest.sequence = (SELECT MIN(s.sequence) FROM reservations s
                                               WHERE s.org_id = g.org_id
                                                 AND s.agent_id = g.id || l.lane)
JOIN reservations r ON r.org_id = g.org_id AND r.agent_id = g.id || l.lane
WHERE oldest.at < :before AND r.at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = g.org_id)
LIMIT :limit;

-- name: retention.limit_alerts
SELECT a.org_id, a.agent_id, a.rule, a.level, a.window_start FROM limit_alerts a
WHERE a.at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = a.org_id)
ORDER BY a.at LIMIT :limit;

-- name: retention.contact_hours
SELECT c.org_id, c.contact_hash, c.hour FROM contact_hours c
WHERE c.day < CAST(:before AS BIGINT) / 86400000
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = c.org_id)
ORDER BY c.day LIMIT :limit;

-- name: retention.mail_ids
SELECT m.org_id, m.agent_id, m.mail_id FROM mail_ids m
WHERE m.created_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = m.org_id)
ORDER BY m.created_at LIMIT :limit;

-- name: retention.number_threads
SELECT t.org_id, t.number, t.contact_hash FROM number_threads t
WHERE t.at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = t.org_id)
ORDER BY t.at LIMIT :limit;

-- name: retention.callback_deliveries
SELECT d.org_id, d.id FROM callback_deliveries d
WHERE d.ended_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = d.org_id)
ORDER BY d.ended_at LIMIT :limit;

-- name: retention.callback_copies
SELECT c.org_id, c.id FROM callback_copies c
WHERE c.ended_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = c.org_id)
ORDER BY c.ended_at LIMIT :limit;

-- A window that has been closed for a month says no more than none.
-- name: retention.whatsapp_windows
SELECT w.org_id, w.agent_id, w.contact_hash, w.opened_at FROM whatsapp_windows w
WHERE w.opened_at < CAST(:now AS BIGINT) - 30 * CAST(86400000 AS BIGINT)
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = w.org_id)
ORDER BY w.opened_at LIMIT :limit;

-- name: retention.one_time_codes
SELECT o.org_id, o.id FROM one_time_codes o
WHERE o.created_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = o.org_id)
ORDER BY o.created_at LIMIT :limit;

-- name: retention.revoked_consents
SELECT c.org_id, c.contact_hash, c.agent_id, c.channel FROM consents c
WHERE c.revoked_at < :before
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.org_id = c.org_id)
ORDER BY c.revoked_at LIMIT :limit;

-- name: inbox.remove
DELETE FROM inbox WHERE org_id = :org_id AND agent_id = :agent_id AND id = :id RETURNING id;

-- name: message_payloads.remove
DELETE FROM message_payloads WHERE org_id = :org_id AND message_id = :id RETURNING message_id;

-- name: call_scripts.remove
DELETE FROM call_scripts WHERE org_id = :org_id AND call_id = :id RETURNING call_id;

-- name: messages.remove_settled
DELETE FROM messages
WHERE org_id = :org_id AND id = :id AND state NOT IN ('scheduled', 'accepted', 'attempting')
RETURNING id;

-- name: calls.remove_ended
DELETE FROM calls WHERE org_id = :org_id AND id = :id AND ended_at IS NOT NULL RETURNING id;

-- name: usage.remove
DELETE FROM usage
WHERE org_id = :org_id AND agent_id = :agent_id AND action = :action
  AND time_window = :time_window AND window_start = :window_start
RETURNING window_start;

-- name: reservations.remove
DELETE FROM reservations
WHERE org_id = :org_id AND agent_id = :agent_id AND sequence = :sequence RETURNING sequence;

-- name: limit_alerts.remove
DELETE FROM limit_alerts
WHERE org_id = :org_id AND agent_id = :agent_id AND rule = :rule AND level = :level
  AND window_start = :window_start
RETURNING window_start;

-- name: contact_hours.remove
DELETE FROM contact_hours
WHERE day = CAST(:hour AS BIGINT) / 24 AND org_id = :org_id AND contact_hash = :contact_hash
  AND hour = :hour RETURNING hour;

-- name: callback_deliveries.remove_ended
DELETE FROM callback_deliveries
WHERE org_id = :org_id AND id = :id AND ended_at IS NOT NULL RETURNING id;

-- name: callback_copies.remove_ended
DELETE FROM callback_copies
WHERE org_id = :org_id AND id = :id AND ended_at IS NOT NULL RETURNING id;

-- Unless the contact has written again since it was found.
-- name: whatsapp_windows.remove_closed
DELETE FROM whatsapp_windows
WHERE org_id = :org_id AND agent_id = :agent_id AND contact_hash = :contact_hash
  AND opened_at = :opened_at
RETURNING contact_hash;

-- name: one_time_codes.remove
DELETE FROM one_time_codes WHERE org_id = :org_id AND id = :id RETURNING id;

-- name: consents.remove_revoked
DELETE FROM consents
WHERE org_id = :org_id AND contact_hash = :contact_hash AND agent_id = :agent_id
  AND channel = :channel AND status = 'revoked'
RETURNING id;

-- name: purge_runs.find
SELECT day, worker, lease_until, started_at, ended_at, counts_json FROM purge_runs
WHERE day = :day;

-- name: purge_runs.claim
INSERT INTO purge_runs (day, worker, lease_until, started_at)
VALUES (:day, :worker, :lease_until, :now)
ON CONFLICT (day) DO UPDATE SET worker = excluded.worker, lease_until = excluded.lease_until
WHERE purge_runs.ended_at IS NULL AND purge_runs.lease_until <= :now;

-- name: purge_runs.renew
UPDATE purge_runs SET lease_until = :lease_until WHERE day = :day AND worker = :worker;

-- name: purge_runs.finish
UPDATE purge_runs SET ended_at = :now, counts_json = :counts_json WHERE day = :day;

-- name: legal_holds.list
SELECT org_id, reason, placed_at FROM legal_holds ORDER BY org_id;

-- name: legal_holds.find
SELECT org_id, reason, placed_at FROM legal_holds WHERE org_id = :org_id;

-- name: legal_holds.place
INSERT INTO legal_holds (org_id, reason, placed_at) VALUES (:org_id, :reason, :at)
ON CONFLICT (org_id) DO UPDATE SET reason = excluded.reason;

-- name: legal_holds.lift
DELETE FROM legal_holds WHERE org_id = :org_id RETURNING org_id;
