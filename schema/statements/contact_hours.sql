-- Rows lie by days, so each day of a window is looked up; most windows have two. Not as a join: with
-- statistics SQLite reads all of the table for it, to fill a Bloom filter.
-- name: contact_hours.since
WITH RECURSIVE days (day) AS (
  SELECT CAST(:since AS BIGINT) / 24
  UNION ALL SELECT day + 1 FROM days WHERE day < CAST(:until AS BIGINT) / 24)
SELECT h.hour, h.count FROM contact_hours h
WHERE h.day IN (SELECT day FROM days) AND h.org_id = :org_id AND h.contact_hash = :contact_hash
  AND h.hour > :since
ORDER BY h.hour;

-- name: contact_hours.require_below
WITH RECURSIVE days (day) AS (
  SELECT CAST(:since AS BIGINT) / 24
  UNION ALL SELECT day + 1 FROM days WHERE day < CAST(:until AS BIGINT) / 24)
SELECT 1 WHERE CAST(:most AS BIGINT) > (
  SELECT COALESCE(SUM(h.count), 0) FROM contact_hours h
  WHERE h.day IN (SELECT day FROM days) AND h.org_id = :org_id AND h.contact_hash = :contact_hash
    AND h.hour > :since);

-- name: contact_hours.add
INSERT INTO contact_hours (day, org_id, contact_hash, hour, count)
VALUES (CAST(:hour AS BIGINT) / 24, :org_id, :contact_hash, :hour, 1)
ON CONFLICT (day, org_id, contact_hash, hour) DO UPDATE SET count = contact_hours.count + 1;
