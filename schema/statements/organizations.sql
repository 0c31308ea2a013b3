-- name: organizations.find
SELECT id, name, mode, status, created_at, slug, company, website, use_case, settings_json, review,
       review_reason, reviewed_at, agent_slots, active_agents, postal_address
FROM organizations WHERE id = :org_id;

-- name: organizations.list
SELECT id, name, mode, status, created_at, slug, company, website, use_case, settings_json, review,
       review_reason, reviewed_at, agent_slots, active_agents, postal_address
FROM organizations ORDER BY id;

-- name: organizations.create
INSERT INTO organizations (id, name, mode, status, created_at, slug, company, website, use_case,
                           settings_json, review, postal_address)
VALUES (:org_id, :name, :mode, :status, :created_at, :slug, :company, :website, :use_case,
        :settings_json, :review, :postal_address)
ON CONFLICT DO NOTHING;

-- name: organizations.set_mode
UPDATE organizations SET mode = :mode WHERE id = :org_id;

-- name: organizations.set_postal_address
UPDATE organizations SET postal_address = :postal_address WHERE id = :org_id;

-- name: organizations.set_status
UPDATE organizations SET status = :status WHERE id = :org_id;

-- Guarded by what the decision was made on, so that two reviewers do not undo each other unseen.
-- name: organizations.review
UPDATE organizations
SET review = :review, mode = :mode, status = :status, review_reason = :reason,
    reviewed_at = :reviewed_at
WHERE id = :org_id AND review = :review_before AND status = :status_before;

-- name: organizations.set_agent_slots
UPDATE organizations SET agent_slots = :agent_slots
WHERE id = :org_id AND active_agents <= :agent_slots;

-- The one place where a slot is taken: the row is locked, so that of many at once no more pass than
-- there are slots.
-- name: organizations.take_agent_slot
UPDATE organizations SET active_agents = active_agents + 1
WHERE id = :org_id AND status = 'active' AND active_agents < COALESCE(agent_slots, :default_slots);

-- name: organizations.return_agent_slot
UPDATE organizations SET active_agents = active_agents - 1
WHERE id = :org_id AND active_agents > 0;

-- name: organizations.audit_slots
SELECT o.active_agents AS counted,
       (SELECT COUNT(*) FROM agents a WHERE a.org_id = :org_id AND a.status <> 'deprovisioned')
       + (SELECT COUNT(*) FROM provisionings p WHERE p.org_id = :org_id AND p.state = 'open')
         AS present
FROM organizations o WHERE o.id = :org_id;

-- name: organizations.mend_slots
UPDATE organizations SET active_agents =
  (SELECT COUNT(*) FROM agents a WHERE a.org_id = :org_id AND a.status <> 'deprovisioned')
  + (SELECT COUNT(*) FROM provisionings p WHERE p.org_id = :org_id AND p.state = 'open')
WHERE id = :org_id AND active_agents = :counted;
