-- What every worker must know of MCP sessions: that one was ended, and what its client asked to
-- hear of. Sessions themselves need no row: their ids are signed. The id is the SHA-256 of the
-- session's id, which is as good as a credential. org_id '*' holds the orchestrators' sessions.
CREATE TABLE mcp_sessions (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  wishes_json TEXT,
  ended_at INTEGER,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mcp_sessions_by_expiry ON mcp_sessions (expires_at);

-- requestStates of calls that act, each good for one call. org_id '*' as above.
CREATE TABLE mcp_used_states (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mcp_used_states_by_expiry ON mcp_used_states (expires_at);
