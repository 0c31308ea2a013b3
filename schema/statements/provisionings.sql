-- Guarded against agents that are there, of whatever organization: ids are unique in the database.
-- name: provisionings.begin
INSERT INTO provisionings (id, org_id, agent_id, state, worker, started_at)
SELECT :id, :org_id, :agent_id, 'open', :worker, CAST(:started_at AS BIGINT)
WHERE NOT EXISTS (SELECT 1 FROM agents WHERE agents.id = :agent_id)
ON CONFLICT DO NOTHING;

-- name: provisionings.end
UPDATE provisionings SET state = :state, ended_at = :ended_at
WHERE org_id = :org_id AND id = :id AND state = 'open';

-- Those of this worker were cut short, when it starts; those of others once they are older than any
-- that is under way can be.
-- name: provisionings.cut_short
SELECT id, org_id, agent_id, worker, started_at
FROM provisionings
WHERE state = 'open' AND ((worker = :worker AND started_at < :begun_at) OR started_at < :before)
ORDER BY id LIMIT :limit;

-- name: provisionings.purge
DELETE FROM provisionings
WHERE id IN (SELECT id FROM provisionings WHERE state <> 'open' AND ended_at < :before
             ORDER BY id LIMIT :limit);
