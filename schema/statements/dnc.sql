-- name: dnc.all_lists
SELECT org_id, country, name, checked_at, imported_at, entries
FROM dnc_lists ORDER BY country, name, org_id;

-- name: dnc.add_entry
INSERT INTO dnc_entries (org_id, contact_hash, country, name, imported_at)
VALUES (:org_id, :contact_hash, :country, :name, :imported_at)
ON CONFLICT (org_id, contact_hash, country, name) DO UPDATE SET imported_at = excluded.imported_at;

-- name: dnc.save_list
INSERT INTO dnc_lists (org_id, country, name, checked_at, imported_at, entries)
VALUES (:org_id, :country, :name, :checked_at, :imported_at, :entries)
ON CONFLICT (org_id, country, name) DO UPDATE
SET checked_at = excluded.checked_at, imported_at = excluded.imported_at,
    entries = excluded.entries;

-- What earlier imports of the list had and this one has not.
-- name: dnc.drop_older
DELETE FROM dnc_entries
WHERE org_id = :org_id AND country = :country AND name = :name AND imported_at < :imported_at;
