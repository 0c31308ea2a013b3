-- name: routes.of_agent
SELECT org_id, agent_id, kind, target, sealed_secret, created_at, updated_at
FROM routes WHERE org_id = :org_id AND agent_id = :agent_id ORDER BY kind;

-- One change of an agent's routes after the other. SQLite has one writer anyway.
-- name: routes.lock
-- dialect: sqlite
SELECT 1 FROM agents WHERE org_id = :org_id AND id = :agent_id AND status <> 'deprovisioned';

-- name: routes.lock
-- dialect: postgres
SELECT 1 FROM agents WHERE org_id = :org_id AND id = :agent_id AND status <> 'deprovisioned'
FOR NO KEY UPDATE;

-- Not to an address of the agent itself, also when it got that one just now.
-- name: routes.set
INSERT INTO routes (org_id, agent_id, kind, target, sealed_secret, created_at, updated_at)
SELECT a.org_id, a.id, :kind, :target, :sealed_secret, CAST(:at AS BIGINT), CAST(:at AS BIGINT)
FROM agents a
WHERE a.org_id = :org_id AND a.id = :agent_id
  AND NOT EXISTS (SELECT 1 FROM channels c
                  WHERE c.org_id = :org_id AND c.agent_id = :agent_id AND c.status <> 'released'
                    AND lower(c.address) = lower(:target))
ON CONFLICT (org_id, agent_id, kind) DO UPDATE
SET target = excluded.target, sealed_secret = excluded.sealed_secret,
    updated_at = excluded.updated_at;

-- name: routes.remove
DELETE FROM routes WHERE org_id = :org_id AND agent_id = :agent_id AND kind = :kind;

-- name: routes.note_with_agent
-- dialect: sqlite
UPDATE agents SET routes = (
  SELECT group_concat(r.kind, ' ') FROM routes r
  WHERE r.org_id = :org_id AND r.agent_id = :agent_id)
WHERE org_id = :org_id AND id = :agent_id;

-- name: routes.note_with_agent
-- dialect: postgres
UPDATE agents SET routes = (
  SELECT string_agg(r.kind, ' ') FROM routes r
  WHERE r.org_id = :org_id AND r.agent_id = :agent_id)
WHERE org_id = :org_id AND id = :agent_id;
