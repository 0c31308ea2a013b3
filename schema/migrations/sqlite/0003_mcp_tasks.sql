-- Tool calls that run as tasks (MCP extension io.modelcontextprotocol/tasks). The task's id is the
-- key to its content and is not stored: the row is found by the hash of the id, and what was asked
-- and answered is encrypted under a key made from it. org_id '*' holds the orchestrator's.
CREATE TABLE mcp_tasks (
  id_hash TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT,
  principal TEXT NOT NULL,
  tool TEXT NOT NULL,
  status TEXT NOT NULL,
  status_message TEXT,
  sealed_input TEXT,
  sealed_result TEXT,
  error_json TEXT,
  cancel_requested INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  worker TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mcp_tasks_running ON mcp_tasks (worker, lease_until)
  WHERE status IN ('working', 'input_required');
CREATE INDEX mcp_tasks_by_expiry ON mcp_tasks (expires_at);
