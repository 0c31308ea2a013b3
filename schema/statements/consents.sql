-- name: consents.find
SELECT org_id, contact_hash, agent_id, channel, id, consent_type, status, source, notes, granted_at,
       expires_at, revoked_at, revoked_by, updated_at
FROM consents
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel
  AND contact_hash = :contact_hash;

-- The id stays the first one's.
-- name: consents.grant
INSERT INTO consents (org_id, contact_hash, agent_id, channel, id, consent_type, status, source,
                      notes, granted_at, expires_at, updated_at)
VALUES (:org_id, :contact_hash, :agent_id, :channel, :id, :consent_type, 'granted', :source, :notes,
        :granted_at, :expires_at, :granted_at)
ON CONFLICT (org_id, contact_hash, agent_id, channel) DO UPDATE
SET consent_type = excluded.consent_type, status = excluded.status, source = excluded.source,
    notes = excluded.notes, granted_at = excluded.granted_at, expires_at = excluded.expires_at,
    revoked_at = NULL, revoked_by = NULL, updated_at = excluded.updated_at;

-- Somebody who writes may be answered. Never more than that: what was agreed to expressly stays as
-- it was, and so does a refusal.
-- name: consents.imply
INSERT INTO consents (org_id, contact_hash, agent_id, channel, id, consent_type, status, source,
                      granted_at, expires_at, updated_at)
VALUES (:org_id, :contact_hash, :agent_id, :channel, :id, 'implied', 'granted', 'inbound',
        :granted_at, :expires_at, :granted_at)
ON CONFLICT (org_id, contact_hash, agent_id, channel) DO UPDATE
SET granted_at = excluded.granted_at, expires_at = excluded.expires_at,
    updated_at = excluded.updated_at
WHERE consents.status = 'granted' AND consents.consent_type = 'implied'
  AND consents.source = 'inbound';

-- Also kept when nothing had been granted: it is a refusal.
-- name: consents.revoke
INSERT INTO consents (org_id, contact_hash, agent_id, channel, id, status, source, revoked_at,
                      revoked_by, updated_at)
VALUES (:org_id, :contact_hash, :agent_id, :channel, :id, 'revoked', :source, :revoked_at,
        :source, :revoked_at)
ON CONFLICT (org_id, contact_hash, agent_id, channel) DO UPDATE
SET status = excluded.status, revoked_at = excluded.revoked_at, revoked_by = excluded.revoked_by,
    updated_at = excluded.updated_at
WHERE consents.status <> 'revoked' OR consents.revoked_by = 'opt_out';

-- An opt-out ends what any agent of the organization had been granted on the channel.
-- name: consents.opt_out
UPDATE consents
SET status = 'revoked', revoked_at = :at, revoked_by = 'opt_out', updated_at = :at
WHERE org_id = :org_id AND contact_hash = :contact_hash AND channel = :channel
  AND status = 'granted';

-- name: consents.opt_in
UPDATE consents
SET status = 'granted', revoked_at = NULL, revoked_by = NULL, updated_at = :at
WHERE org_id = :org_id AND contact_hash = :contact_hash AND channel = :channel
  AND status = 'revoked' AND revoked_by = 'opt_out';

-- name: consents.require_not_revoked
SELECT 1 WHERE NOT EXISTS (
  SELECT 1 FROM consents n
  WHERE n.org_id = :org_id AND n.contact_hash = :contact_hash AND n.agent_id = :agent_id
    AND n.channel = :channel AND n.status = 'revoked');

-- name: consents.require_granted
SELECT 1 FROM consents
WHERE org_id = :org_id AND contact_hash = :contact_hash AND agent_id = :agent_id
  AND channel = :channel AND status = 'granted'
  AND granted_at > CASE consent_type WHEN 'implied' THEN CAST(:implied_after AS BIGINT)
                                     ELSE CAST(:granted_after AS BIGINT) END
  AND (expires_at IS NULL OR expires_at > :now)
  AND (CAST(:evidence AS BIGINT) = 0 OR source IS NOT NULL OR notes IS NOT NULL)
  AND consent_type IN (:first_type, :second_type, :third_type);
