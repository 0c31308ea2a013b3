-- Takes the next number of the agent, if the one that is per_minute (per_hour) numbers back is out
-- of the last 60 seconds (60 minutes). The times never fall with the numbers, whatever the clocks of
-- the workers say, so that one is the oldest that could count: the windows slide exactly. A time far
-- ahead is from a clock that was set back since, and stops nobody.
-- name: reservations.add
INSERT INTO reservations (org_id, agent_id, sequence, subject, action, at, currency, micros,
                          previous_micros)
SELECT :org_id, :agent_id, latest.sequence + 1, :subject, :action,
       CASE WHEN newest.at > :at AND newest.at <= :at + 60000 THEN newest.at
            ELSE CAST(:at AS BIGINT) END,
       :currency, CAST(:micros AS BIGINT), CAST(:micros AS BIGINT)
FROM (SELECT COALESCE(MAX(r.sequence), 0) AS sequence FROM reservations r
      WHERE r.org_id = :org_id AND r.agent_id = :agent_id) AS latest
LEFT JOIN reservations newest ON newest.org_id = :org_id AND newest.agent_id = :agent_id
                             AND newest.sequence = latest.sequence
WHERE (CAST(:per_minute AS BIGINT) IS NULL
       OR (:per_minute > 0
           AND NOT EXISTS (SELECT 1 FROM reservations r
                           WHERE r.org_id = :org_id AND r.agent_id = :agent_id
                             AND r.sequence = latest.sequence + 1 - :per_minute
                             AND r.at > :at - 60000 AND r.at <= :at + 60000)))
  AND (CAST(:per_hour AS BIGINT) IS NULL
       OR (:per_hour > 0
           AND NOT EXISTS (SELECT 1 FROM reservations r
                           WHERE r.org_id = :org_id AND r.agent_id = :agent_id
                             AND r.sequence = latest.sequence + 1 - :per_hour
                             AND r.at > :at - 3600000 AND r.at <= :at + 60000)))
ON CONFLICT DO NOTHING;

-- When the action was that is `back` numbers before the next one.
-- name: reservations.time_of
SELECT r.at AS at FROM reservations r
WHERE r.org_id = :org_id AND r.agent_id = :agent_id
  AND r.sequence = (SELECT COALESCE(MAX(l.sequence), 0) + 1 - :back FROM reservations l
                    WHERE l.org_id = :org_id AND l.agent_id = :agent_id);

-- name: reservations.find
SELECT agent_id, sequence, subject, action, at, currency, micros, settled_at
FROM reservations WHERE org_id = :org_id AND subject = :subject;

-- Comes before usage.settle in a unit, which adds the difference. Another currency says nothing
-- about what counts in this one; nor does an answer to the send that a bill has overtaken.
-- name: reservations.settle
UPDATE reservations
SET previous_micros = micros,
    micros = CASE WHEN (CAST(:currency AS TEXT) IS NULL OR currency = :currency)
                       AND (CAST(:unless_settled AS BIGINT) = 0 OR settled_at IS NULL)
                  THEN CAST(:micros AS BIGINT) ELSE micros END,
    settled_at = :at
WHERE org_id = :org_id AND subject = :subject;
