-- name: usage.find
SELECT org_id, agent_id, action, time_window, window_start, count, spend_micros
FROM usage
WHERE org_id = :org_id AND agent_id = :agent_id AND action = :action
  AND time_window = :time_window AND window_start = :window_start;

-- name: usage.since
SELECT org_id, agent_id, action, time_window, window_start, count, spend_micros
FROM usage
WHERE org_id = :org_id AND time_window = :time_window AND window_start >= :since
  AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id)
ORDER BY window_start, agent_id, action;

-- name: usage.add
INSERT INTO usage (org_id, agent_id, action, time_window, window_start, count, spend_micros)
VALUES (:org_id, :agent_id, :action, :time_window, :window_start, :count, :spend_micros)
ON CONFLICT (org_id, agent_id, time_window, window_start, action) DO UPDATE
SET count = usage.count + excluded.count, spend_micros = usage.spend_micros + excluded.spend_micros;

-- Counts only what stays within the limits, in one step: the first of a window by the WHERE of the
-- SELECT, the others by that of the update.
-- name: usage.reserve
INSERT INTO usage (org_id, agent_id, action, time_window, window_start, count, spend_micros)
SELECT :org_id, :agent_id, :action, :time_window, CAST(:window_start AS BIGINT),
       CAST(:count AS BIGINT), CAST(:spend_micros AS BIGINT)
WHERE (CAST(:max_count AS BIGINT) IS NULL OR :count <= :max_count)
  AND (CAST(:max_spend_micros AS BIGINT) IS NULL OR :spend_micros <= :max_spend_micros)
ON CONFLICT (org_id, agent_id, time_window, window_start, action) DO UPDATE
SET count = usage.count + excluded.count, spend_micros = usage.spend_micros + excluded.spend_micros
WHERE (CAST(:max_count AS BIGINT) IS NULL OR usage.count + excluded.count <= :max_count)
  AND (CAST(:max_spend_micros AS BIGINT) IS NULL
       OR usage.spend_micros + excluded.spend_micros <= :max_spend_micros);

-- One action, if all actions of the agent in the window stay within the limits with it. Each kind of
-- action has a row of its own; there are few, side by side in the key. Copies are no actions of the
-- agent: the two are counted apart, and their money together.
-- name: usage.reserve_action
INSERT INTO usage (org_id, agent_id, action, time_window, window_start, count, spend_micros)
SELECT :org_id, :agent_id, :action, :time_window, CAST(:window_start AS BIGINT), 1,
       CAST(:spend_micros AS BIGINT)
FROM (SELECT COALESCE(SUM(CASE WHEN u.action LIKE '%.copy' AND :action LIKE '%.copy' THEN u.count
                               WHEN u.action LIKE '%.copy' OR :action LIKE '%.copy' THEN 0
                               ELSE u.count END), 0) AS count,
             COALESCE(SUM(u.spend_micros), 0) AS spend
      FROM usage u
      WHERE u.org_id = :org_id AND u.agent_id = :agent_id AND u.time_window = :time_window
        AND u.window_start = :window_start) AS total
WHERE (CAST(:max_count AS BIGINT) IS NULL OR total.count < :max_count)
  AND (CAST(:max_spend_micros AS BIGINT) IS NULL
       OR total.spend + :spend_micros <= :max_spend_micros)
ON CONFLICT (org_id, agent_id, time_window, window_start, action) DO UPDATE
SET count = usage.count + 1, spend_micros = usage.spend_micros + excluded.spend_micros;

-- The organization's own counter, which is kept only while it has a cap, from those of its agents.
-- name: usage.sum_up
INSERT INTO usage (org_id, agent_id, action, time_window, window_start, count, spend_micros)
SELECT :org_id, '*', '*', :time_window, CAST(:window_start AS BIGINT),
       CAST(COALESCE(SUM(u.count), 0) AS BIGINT), CAST(COALESCE(SUM(u.spend_micros), 0) AS BIGINT)
FROM usage u
WHERE u.org_id = :org_id AND u.agent_id <> '*' AND u.time_window = :time_window
  AND u.window_start = :window_start
ON CONFLICT (org_id, agent_id, time_window, window_start, action) DO UPDATE
SET count = excluded.count, spend_micros = excluded.spend_micros;

-- Adds what reservations.settle changed, to the agent's counter and to the organization's.
-- name: usage.settle
UPDATE usage
SET spend_micros = spend_micros + COALESCE(
    (SELECT r.micros - r.previous_micros FROM reservations r
     WHERE r.org_id = :org_id AND r.subject = :subject), 0)
WHERE org_id = :org_id AND agent_id IN (:agent_id, '*') AND time_window = :time_window
  AND window_start = :window_start AND action IN (:action, '*');

-- What each agent did, by kind of action; agent_id NULL is every agent of the organization.
-- name: usage.totals
SELECT u.org_id, u.agent_id, u.action, CAST(SUM(u.count) AS BIGINT) AS count,
       CAST(SUM(u.spend_micros) AS BIGINT) AS spend_micros
FROM usage u
WHERE u.org_id = :org_id AND u.time_window = :time_window AND u.window_start >= :since
  AND u.agent_id <> '*' AND (CAST(:agent_id AS TEXT) IS NULL OR u.agent_id = :agent_id)
GROUP BY u.org_id, u.agent_id, u.action
ORDER BY u.agent_id, u.action LIMIT :limit;

-- name: usage.totals_everywhere
SELECT u.org_id, u.agent_id, u.action, CAST(SUM(u.count) AS BIGINT) AS count,
       CAST(SUM(u.spend_micros) AS BIGINT) AS spend_micros
FROM usage u
WHERE u.time_window = :time_window AND u.window_start >= :since AND u.agent_id <> '*'
GROUP BY u.org_id, u.agent_id, u.action
ORDER BY u.org_id, u.agent_id, u.action LIMIT :limit;
