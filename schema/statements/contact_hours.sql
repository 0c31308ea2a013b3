-- name: contact_hours.since
SELECT hour, count FROM contact_hours
WHERE org_id = :org_id AND contact_hash = :contact_hash AND hour > :since ORDER BY hour;

-- name: contact_hours.require_below
SELECT 1 WHERE CAST(:most AS BIGINT) > (
  SELECT COALESCE(SUM(h.count), 0) FROM contact_hours h
  WHERE h.org_id = :org_id AND h.contact_hash = :contact_hash AND h.hour > :since);

-- name: contact_hours.add
INSERT INTO contact_hours (org_id, contact_hash, hour, count)
VALUES (:org_id, :contact_hash, :hour, 1)
ON CONFLICT (org_id, contact_hash, hour) DO UPDATE SET count = contact_hours.count + 1;
