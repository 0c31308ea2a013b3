-- name: callback_endpoints.find
SELECT org_id, agent_id, url, sealed_secret, sealed_previous, previous_until, status,
       failing_since, disabled_at, last_success_at, last_error, created_at, updated_at
FROM callback_endpoints WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: callback_endpoints.list
SELECT org_id, agent_id, url, sealed_secret, sealed_previous, previous_until, status,
       failing_since, disabled_at, last_success_at, last_error, created_at, updated_at
FROM callback_endpoints WHERE org_id = :org_id ORDER BY agent_id;

-- name: callback_endpoints.create
INSERT INTO callback_endpoints (org_id, agent_id, url, sealed_secret, status, created_at,
                                updated_at)
VALUES (:org_id, :agent_id, :url, :sealed_secret, 'active', :at, :at)
ON CONFLICT DO NOTHING;

-- Another address begins with a clean slate.
-- name: callback_endpoints.set_url
UPDATE callback_endpoints
SET url = :url, status = 'active', failing_since = NULL, disabled_at = NULL, last_error = NULL,
    updated_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id;

-- Of two that rotate at the same time one wins, or the secret that one of them was shown would be
-- neither the new one nor the old one.
-- name: callback_endpoints.rotate
UPDATE callback_endpoints
SET sealed_previous = sealed_secret, previous_until = :previous_until,
    sealed_secret = :sealed_secret, updated_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND sealed_secret = :expected_secret;

-- name: callback_endpoints.enable
UPDATE callback_endpoints
SET status = 'active', failing_since = NULL, disabled_at = NULL, updated_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: callback_endpoints.remove
DELETE FROM callback_endpoints WHERE org_id = :org_id AND agent_id = :agent_id;

-- The time of the last success is kept to the minute: it is looked at, and must not be written by
-- every delivery.
-- name: callback_endpoints.succeeded
UPDATE callback_endpoints
SET failing_since = NULL, last_success_at = :at, last_error = NULL
WHERE org_id = :org_id AND agent_id = :agent_id
  AND (failing_since IS NOT NULL OR last_success_at IS NULL OR last_success_at < CAST(:at AS BIGINT) - 60000);

-- name: callback_endpoints.failed
UPDATE callback_endpoints
SET failing_since = COALESCE(failing_since, :at), last_error = :error
WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: callback_endpoints.disable
UPDATE callback_endpoints
SET status = 'disabled', disabled_at = :at, updated_at = :at
WHERE org_id = :org_id AND agent_id = :agent_id AND status = 'active'
  AND failing_since <= :failing_before;
