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

-- name: usage.purge
DELETE FROM usage
WHERE (org_id, agent_id, time_window, window_start, action) IN (
  SELECT org_id, agent_id, time_window, window_start, action FROM usage
  WHERE time_window = :time_window AND window_start < :before
  ORDER BY window_start LIMIT :limit);
