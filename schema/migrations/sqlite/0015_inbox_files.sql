-- Files that came inside a webhook, which their vendor does not have for a second time: base64, and
-- sealed like the rest of the item. They go with the item, or once an object of the agent's storage
-- has them.
CREATE TABLE inbox_files (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  item_id TEXT NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_files_by_item ON inbox_files (item_id, position);
