-- name: requirements.met
SELECT requirement FROM requirements_met WHERE org_id = :org_id ORDER BY requirement;

-- name: requirements.meet
INSERT INTO requirements_met (org_id, requirement, evidence, met_at)
VALUES (:org_id, :requirement, :evidence, :at)
ON CONFLICT (org_id, requirement) DO UPDATE
SET evidence = COALESCE(excluded.evidence, requirements_met.evidence), met_at = excluded.met_at;

-- name: requirements.withdraw
DELETE FROM requirements_met WHERE org_id = :org_id AND requirement = :requirement;
