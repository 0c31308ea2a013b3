-- name: suppressions.find
SELECT org_id, agent_id, channel, contact_hash, source, created_at
FROM suppressions
WHERE org_id = :org_id AND contact_hash = :contact_hash
  AND agent_id IN (:agent_id, '*') AND channel IN (:channel, '*')
ORDER BY created_at LIMIT 1;

-- name: suppressions.list
SELECT org_id, agent_id, channel, contact_hash, source, created_at
FROM suppressions
WHERE org_id = :org_id AND (CAST(:agent_id AS TEXT) IS NULL OR agent_id = :agent_id)
ORDER BY created_at DESC LIMIT :limit;

-- name: suppressions.add
INSERT INTO suppressions (org_id, agent_id, channel, contact_hash, source, created_at)
VALUES (:org_id, :agent_id, :channel, :contact_hash, :source, :created_at)
ON CONFLICT (org_id, contact_hash, agent_id, channel) DO UPDATE
SET source = excluded.source, created_at = excluded.created_at
WHERE suppressions.source = 'possible_opt_out' AND excluded.source <> 'possible_opt_out';

-- What a contact takes back: whatever agent it was said to.
-- name: suppressions.remove_channel
DELETE FROM suppressions
WHERE org_id = :org_id AND contact_hash = :contact_hash AND channel = :channel;

-- name: suppressions.remove
DELETE FROM suppressions
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel
  AND contact_hash = :contact_hash;

-- Guards of a unit that reaches a contact, and the changes of what the contact wants, meet at these
-- locks: who reaches shares one, who changes holds it alone, both until they are durable. The guard
-- behind a lock is a statement of its own, because one that waits has taken its snapshot before.
-- SQLite has one writer anyway.
-- name: suppressions.share_contact
-- dialect: sqlite
SELECT :org_id, :contact_hash;

-- name: suppressions.share_contact
-- dialect: postgres
SELECT pg_advisory_xact_lock_shared(
  hashtextextended(CAST(:org_id AS TEXT) || ' ' || CAST(:contact_hash AS TEXT), 4802));

-- name: suppressions.lock_contact
-- dialect: sqlite
SELECT :org_id, :contact_hash;

-- name: suppressions.lock_contact
-- dialect: postgres
SELECT pg_advisory_xact_lock(
  hashtextextended(CAST(:org_id AS TEXT) || ' ' || CAST(:contact_hash AS TEXT), 4802));

-- name: suppressions.require_absent
SELECT 1 WHERE NOT EXISTS (
  SELECT 1 FROM suppressions s
  WHERE s.org_id = :org_id AND s.contact_hash = :contact_hash
    AND s.agent_id IN (:agent_id, '*') AND s.channel IN (:channel, '*'));
