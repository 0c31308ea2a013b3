-- name: acquisitions.ask
INSERT INTO acquisitions (id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id,
                          state, worker, started_at, updated_at, next_try_at)
VALUES (:id, :org_id, :agent_id, :provisioning_id, :kind, :provider, :address, :vendor_id, :state,
        :worker, :started_at, :started_at, :next_try_at);

-- Guarded by the state that was read, so that of two that carry on with one row only one does.
-- name: acquisitions.move
UPDATE acquisitions
SET state = :state, address = COALESCE(:address, address),
    vendor_id = COALESCE(:vendor_id, vendor_id), error_code = :error_code, updated_at = :at,
    next_try_at = :next_try_at, tries = :tries
WHERE org_id = :org_id AND id = :id AND state = :state_before;

-- name: acquisitions.of_provisioning
SELECT id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id, state, worker, tries,
       started_at
FROM acquisitions WHERE org_id = :org_id AND provisioning_id = :provisioning_id ORDER BY id;

-- name: acquisitions.of_agent
SELECT id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id, state, worker, tries,
       started_at
FROM acquisitions
WHERE org_id = :org_id AND COALESCE(agent_id, '') = :agent_id AND state IN ('held', 'owned')
ORDER BY id;

-- name: acquisitions.of_number
SELECT id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id, state, worker, tries,
       started_at
FROM acquisitions
WHERE org_id = :org_id AND kind = 'number' AND address = :number AND state = 'owned' ORDER BY id;

-- name: acquisitions.unsettled
SELECT id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id, state, worker, tries,
       started_at
FROM acquisitions
WHERE org_id = :org_id AND state IN ('asked', 'held', 'releasing') ORDER BY id LIMIT :limit;

-- As provisionings.cut_short: this worker's own from before its start need not wait.
-- name: acquisitions.due
SELECT id, org_id, agent_id, provisioning_id, kind, provider, address, vendor_id, state, worker, tries,
       started_at
FROM acquisitions
WHERE next_try_at IS NOT NULL
  AND (next_try_at <= :now OR (worker = :worker AND started_at < :begun_at AND tries = 0))
ORDER BY next_try_at LIMIT :limit;

-- name: acquisitions.purge
DELETE FROM acquisitions
WHERE id IN (SELECT id FROM acquisitions
             WHERE state IN ('released', 'refused') AND updated_at < :before
             ORDER BY id LIMIT :limit);
