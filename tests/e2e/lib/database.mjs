// The server's SQLite file as it is on disk, read by a process of its own that stays open: asked after
// every call of a table, it must not cost a start each time.
import { spawn } from 'node:child_process';

export class Database {
  constructor(file) {
    this.child = spawn('sqlite3', ['-batch', file], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.text = '';
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (chunk) => { this.text += chunk; this.look?.(); });
    this.child.stdin.write('.timeout 5000\n.mode json\n');
    this.asked = Promise.resolve();
  }

  /** The rows of one statement. */
  rows(sql) {
    const answer = this.asked.then(() => this.#ask(sql));
    this.asked = answer.catch(() => {});
    return answer;
  }
  async run(sql) { await this.rows(sql); }

  #ask(sql) {
    const end = `end-${(this.count = (this.count ?? 0) + 1)}`;
    return new Promise((resolve, reject) => {
      this.look = () => {
        const at = this.text.indexOf(end);
        if (at < 0) return;
        const text = this.text.slice(0, at).trim();
        this.text = this.text.slice(at + end.length).trimStart();
        this.look = undefined;
        try { resolve(text ? JSON.parse(text) : []); } catch { reject(new Error(`sqlite3: ${text.slice(0, 500)}`)); }
      };
      this.child.stdin.write(`${sql.replace(/;?\s*$/, ';')}\n.print ${end}\n`);
    });
  }

  /**
   * How many rows each table has and what is in them, but for the audit log and what changes without
   * anybody's call: when a token was last used, who holds which lease, when a price is asked for again.
   */
  async state() {
    this.everything ??= [...await this.#columns()].map(([table, columns]) =>
      `SELECT '${table}' AS t, ${columns.map((c) => `quote("${c}")`).join(" || ',' || ")} AS r FROM "${table}"`).join(' UNION ALL ');
    const state = {};
    for (const { t, r } of await this.rows(`${this.everything} ORDER BY 1, 2`)) (state[t] ??= []).push(r);
    return state;
  }
  async #columns() {
    const silent = new Set(['audit', 'mcp_sessions', 'schema_version', 'calls.updated_at']);
    const all = await this.rows("SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2");
    const columns = new Map();
    for (const { t, c } of all) {
      if (silent.has(t) || t.startsWith('sqlite_') || ['last_used_at', 'lease_until', 'cost_due_at', 'cost_looks'].includes(c) || silent.has(`${t}.${c}`)) continue;
      columns.set(t, [...(columns.get(t) ?? []), c]);
    }
    return columns;
  }

  /** What was written into the audit log behind `after`. */
  audit(after) { return this.rows(`SELECT sequence, org_id, actor, action, target, details_json FROM audit WHERE sequence > ${after} ORDER BY sequence`); }
  async lastAudit() { return (await this.rows('SELECT COALESCE(MAX(sequence), 0) AS last FROM audit'))[0].last; }

  close() { this.child.stdin.end('.quit\n'); }
}

/** The tables in which two states differ, with how many rows they had and have. */
export function changes(before, after) {
  const found = [];
  for (const table of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[table] ?? [], after[table] ?? []];
    if (was.length !== is.length) found.push(`${table}: ${was.length} rows, then ${is.length}`);
    else if (was.some((row, i) => row !== is[i])) found.push(`${table}: a row changed: ${is.find((row, i) => row !== was[i]).slice(0, 300)}`);
  }
  return found;
}
