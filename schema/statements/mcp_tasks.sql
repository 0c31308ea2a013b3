-- name: mcp_tasks.find
SELECT id_hash, org_id, agent_id, principal, tool, status, status_message, sealed_input,
       sealed_result, error_json, cancel_requested, revision, worker, lease_until, created_at,
       updated_at, expires_at
FROM mcp_tasks WHERE org_id = :org_id AND principal = :principal AND id_hash = :id_hash;

-- name: mcp_tasks.create
INSERT INTO mcp_tasks (id_hash, org_id, agent_id, principal, tool, status, cancel_requested,
                       revision, worker, lease_until, created_at, updated_at, expires_at)
VALUES (:id_hash, :org_id, :agent_id, :principal, :tool, :status, 0, 1, :worker, :lease_until,
        :created_at, :created_at, :expires_at)
ON CONFLICT DO NOTHING;

-- A task that has ended stays as it ended; a task somebody else changed meanwhile is left alone.
-- name: mcp_tasks.save
UPDATE mcp_tasks
SET status = :status, status_message = :status_message, sealed_input = :sealed_input,
    sealed_result = :sealed_result, error_json = :error_json,
    cancel_requested = :cancel_requested, revision = revision + 1, updated_at = :updated_at
WHERE org_id = :org_id AND principal = :principal AND id_hash = :id_hash
  AND revision = :revision AND status IN ('working', 'input_required');

-- name: mcp_tasks.renew
UPDATE mcp_tasks SET lease_until = :lease_until
WHERE worker = :worker AND status IN ('working', 'input_required');

-- name: mcp_tasks.list_cancelled
SELECT id_hash FROM mcp_tasks
WHERE worker = :worker AND status IN ('working', 'input_required') AND cancel_requested = 1;

-- name: mcp_tasks.fail_worker
UPDATE mcp_tasks
SET status = 'failed', status_message = :status_message, error_json = :error_json,
    sealed_input = NULL, revision = revision + 1, updated_at = :at
WHERE worker = :worker AND created_at < :before AND status IN ('working', 'input_required')
RETURNING id_hash;

-- name: mcp_tasks.fail_expired
UPDATE mcp_tasks
SET status = 'failed', status_message = :status_message, error_json = :error_json,
    sealed_input = NULL, revision = revision + 1, updated_at = :at
WHERE lease_until < :at AND status IN ('working', 'input_required')
RETURNING id_hash;

-- name: mcp_tasks.purge
DELETE FROM mcp_tasks WHERE id_hash IN (
  SELECT id_hash FROM mcp_tasks
  WHERE expires_at < :before AND status NOT IN ('working', 'input_required')
  ORDER BY expires_at LIMIT :limit);
