-- What was counted about contacts lies by days (hour / 24, of UTC) now: a send writes into the pages
-- of today, which are few, instead of a page of each contact's own among those of a year, and what
-- is old lies in one piece.
CREATE TABLE contact_days (
  day INTEGER NOT NULL,
  org_id TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, org_id, contact_hash, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO contact_days (day, org_id, contact_hash, hour, count)
SELECT hour / 24, org_id, contact_hash, hour, count FROM contact_hours;
DROP TABLE contact_hours;
ALTER TABLE contact_days RENAME TO contact_hours;

-- Files are fetched by what their item says.
ALTER TABLE media DROP COLUMN url;
