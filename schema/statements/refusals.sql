-- name: refusals.latest
SELECT MAX(refused_at) AS refused_at FROM refusals
WHERE org_id = :org_id AND contact_hash = :contact_hash AND channel IN (:channel, '*');

-- name: refusals.add
INSERT INTO refusals (org_id, contact_hash, channel, refused_at)
VALUES (:org_id, :contact_hash, :channel, :at)
ON CONFLICT (org_id, contact_hash, channel) DO UPDATE SET refused_at = excluded.refused_at
WHERE refusals.refused_at < excluded.refused_at;

-- name: refusals.remove
DELETE FROM refusals
WHERE org_id = :org_id AND contact_hash = :contact_hash AND channel = :channel;

-- Behind the lock on the contact (suppressions.share_contact).
-- name: refusals.require_none_after
SELECT 1 WHERE NOT EXISTS (
  SELECT 1 FROM refusals r
  WHERE r.org_id = :org_id AND r.contact_hash = :contact_hash AND r.channel IN (:channel, '*')
    AND r.refused_at > CAST(:after AS BIGINT));
