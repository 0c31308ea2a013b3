-- name: settings.find
SELECT value_json FROM settings WHERE org_id = :org_id AND name = :name;

-- name: settings.set
INSERT INTO settings (org_id, name, value_json, updated_at)
VALUES (:org_id, :name, :value_json, :at)
ON CONFLICT (org_id, name) DO UPDATE
SET value_json = excluded.value_json, updated_at = excluded.updated_at;

-- name: settings.claim
INSERT INTO settings (org_id, name, value_json, updated_at)
VALUES (:org_id, :name, :value_json, :at)
ON CONFLICT DO NOTHING;
