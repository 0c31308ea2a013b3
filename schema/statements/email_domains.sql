-- name: email_domains.list
SELECT org_id, domain, status, provider, claimed_at, checked_at, verified_at
FROM email_domains WHERE org_id = :org_id ORDER BY domain;

-- name: email_domains.find
SELECT org_id, domain, status, provider, claimed_at, checked_at, verified_at
FROM email_domains WHERE org_id = :org_id AND domain = :domain;

-- name: email_domains.find_verified
SELECT org_id, domain, status, provider, claimed_at, checked_at, verified_at
FROM email_domains WHERE domain = :domain AND status = 'verified';

-- Of two organizations that ask for one domain at once, one sees the other's claim.
-- name: email_domains.lock
-- dialect: sqlite
SELECT :domain;

-- name: email_domains.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(hashtextextended(CAST(:domain AS TEXT), 4805));

-- Guarded against a claim of another organization that has not run out. One's own that has run out
-- begins anew.
-- name: email_domains.claim
INSERT INTO email_domains (org_id, domain, status, provider, claimed_at, checked_at)
SELECT :org_id, :domain, 'pending', :provider, CAST(:at AS BIGINT), CAST(:at AS BIGINT)
WHERE NOT EXISTS (SELECT 1 FROM email_domains others
                  WHERE others.domain = :domain AND others.org_id <> :org_id
                    AND (others.status = 'verified'
                         OR (others.status = 'pending' AND others.claimed_at > :claims_after)))
ON CONFLICT (org_id, domain) DO UPDATE
SET provider = excluded.provider, checked_at = excluded.checked_at, status = 'pending',
    claimed_at = CASE WHEN email_domains.status = 'pending'
                       AND email_domains.claimed_at > :claims_after
                      THEN email_domains.claimed_at ELSE excluded.claimed_at END;

-- Fails on the unique index, and so undoes its unit, when another organization was faster.
-- name: email_domains.set
INSERT INTO email_domains (org_id, domain, status, provider, claimed_at, checked_at, verified_at)
VALUES (:org_id, :domain, :status, :provider, :at, :at, :at)
ON CONFLICT (org_id, domain) DO UPDATE
SET status = excluded.status, provider = excluded.provider, checked_at = excluded.checked_at,
    verified_at = excluded.verified_at;

-- name: email_domains.remove
DELETE FROM email_domains WHERE org_id = :org_id AND domain = :domain;
