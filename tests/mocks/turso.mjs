// A server of Hrana 3 over HTTP (and of version 2's pipeline) in front of the SQLite that Node.js brings:
// an emulator, because libsql-server is in no registry. Held to HRANA_3_SPEC.md of libsql, and where that is
// silent to what libsql-server does (its hrana/stmt.rs, hrana/http/stream.rs and hrana/cursor.rs): the
// texts and codes of errors, blobs without '=', streams that expire, a busy database that answers at once.
// What is not so in a request is refused and noted in `refusals`: no test may leave one behind.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const codes = { 1: 'ERROR', 2: 'INTERNAL', 5: 'BUSY', 6: 'LOCKED', 8: 'READONLY', 9: 'INTERRUPT', 10: 'IOERR', 11: 'CORRUPT', 13: 'FULL', 14: 'CANTOPEN', 18: 'TOOBIG', 19: 'CONSTRAINT', 20: 'MISMATCH', 21: 'MISUSE', 25: 'RANGE', 26: 'NOTADB' };

/** An error of one statement, as libsql-server words it. */
class StatementError extends Error {
  constructor(code, message) { super(message); this.code = code; }
  static of(error) {
    if (error instanceof StatementError || error.errcode === undefined) return error;
    return new StatementError(`SQLITE_${codes[error.errcode & 0xff] ?? 'UNKNOWN'}`, `SQLite error: ${error.message}`);
  }
}
/** A request that the specification does not allow. */
class ProtocolError extends Error {}
const expect = (condition, what) => { if (!condition) throw new ProtocolError(what); };

const only = (object, required, optional = []) => {
  expect(object && typeof object === 'object' && !Array.isArray(object), 'an object is wanted');
  for (const key of required) expect(object[key] !== undefined, `'${key}' is missing`);
  for (const key of Object.keys(object)) expect(required.includes(key) || optional.includes(key), `'${key}' is unknown`);
};

function decode(value) {
  expect(value && typeof value === 'object', 'a value is an object');
  switch (value.type) {
    case 'null': only(value, ['type']); return null;
    case 'integer': {
      only(value, ['type', 'value']);
      expect(typeof value.value === 'string' && /^-?\d+$/.test(value.value), 'an integer is written as text');
      const number = BigInt(value.value);
      expect(BigInt.asIntN(64, number) === number, 'an integer has 64 bits');
      return number;
    }
    case 'float': only(value, ['type', 'value']); expect(typeof value.value === 'number', 'a float is a number'); return value.value;
    case 'text': only(value, ['type', 'value']); expect(typeof value.value === 'string', 'a text is a string'); return value.value;
    case 'blob': {
      only(value, ['type', 'base64']);
      expect(typeof value.base64 === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value.base64), 'a blob is base64');
      return Buffer.from(value.base64, 'base64');
    }
    default: throw new ProtocolError(`a value has no type '${value.type}'`);
  }
}

function encode(value) {
  if (value === null) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: value.toString() };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'text', value };
  return { type: 'blob', base64: Buffer.from(value).toString('base64').replace(/=+$/, '') };
}

/** How many parameters a statement has: the highest ?N, or the count of ?. */
function parameterCount(sql) {
  const bare = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  let last = 0;
  for (const [, digits] of bare.matchAll(/\?(\d*)/g)) last = digits ? Math.max(last, Number(digits)) : last + 1;
  return last;
}

/** One stream: a connection of SQLite's. */
class Stream {
  constructor(file) {
    this.id = crypto.randomBytes(8).toString('hex');
    this.sequence = crypto.randomInt(1 << 30);
    this.database = new DatabaseSync(file, { timeout: 0 });
    this.database.exec('PRAGMA journal_mode = WAL');
    this.texts = new Map();
  }
  close() { if (this.database) { this.database.close(); this.database = undefined; } }

  /** Runs a statement; onColumns and onRow as its rows come. Gives the number of rows it changed. */
  statement(stmt, onColumns, onRow) {
    only(stmt, [], ['sql', 'sql_id', 'args', 'named_args', 'want_rows', 'replication_index']);
    expect((stmt.sql == null) !== (stmt.sql_id == null), "exactly one of 'sql' and 'sql_id' is wanted");
    expect(stmt.sql == null || typeof stmt.sql === 'string', "'sql' is a text");
    expect(stmt.sql_id == null || this.texts.has(stmt.sql_id), 'the text of that id is not stored');
    expect(!stmt.args?.length || !stmt.named_args?.length, 'positional and named arguments do not go together');
    const sql = stmt.sql ?? this.texts.get(stmt.sql_id);
    const args = (stmt.args ?? []).map(decode);
    const named = Object.fromEntries((stmt.named_args ?? []).map(({ name, value }) => [name, decode(value)]));
    let affected = 0;
    try {
      const prepared = this.database.prepare(sql);
      if (!stmt.named_args?.length && args.length !== parameterCount(sql)) throw new StatementError('ARGS_INVALID', 'Arguments do not match SQL parameters');
      prepared.setReadBigInts(true);
      prepared.setReturnArrays(true);
      onColumns(prepared.columns().map((column) => ({ name: column.name, decltype: column.type })));
      const given = stmt.named_args?.length ? [named] : args;
      for (const row of prepared.iterate(...given)) if (stmt.want_rows !== false) onRow(row.map(encode));
      affected = Number(this.database.prepare('SELECT changes() AS n').get().n);
    } catch (error) {
      if (error.code === 'ERR_INVALID_ARG_VALUE') throw new StatementError('SQL_NO_STATEMENT', 'SQL string does not contain any statement');
      throw StatementError.of(error);
    }
    return affected;
  }

  execute(stmt) {
    const result = { cols: [], rows: [], affected_row_count: 0, last_insert_rowid: null, rows_read: 0, rows_written: 0, query_duration_ms: 0.1 };
    result.affected_row_count = this.statement(stmt, (cols) => { result.cols = cols; }, (row) => result.rows.push(row));
    return result;
  }

  /** Runs a batch; `tell` has begin(step, cols), row(row), end(affected) and error(step, error). */
  batch(batch, version, tell) {
    only(batch, ['steps'], ['replication_index']);
    const went = [];
    const holds = (condition, at) => {
      const step = () => { expect(Number.isInteger(condition.step) && condition.step >= 0 && condition.step < at, 'a condition looks at a step before its own'); return went[condition.step]; };
      switch (condition.type) {
        case 'ok': only(condition, ['type', 'step']); return step() === 'ok';
        case 'error': only(condition, ['type', 'step']); return step() === 'error';
        case 'not': only(condition, ['type', 'cond']); return !holds(condition.cond, at);
        case 'and': only(condition, ['type', 'conds']); return condition.conds.map((c) => holds(c, at)).every(Boolean);
        case 'or': only(condition, ['type', 'conds']); return condition.conds.map((c) => holds(c, at)).some(Boolean);
        case 'is_autocommit': only(condition, ['type']); expect(version >= 3, 'is_autocommit came with version 3'); return !this.database.isTransaction;
        default: throw new ProtocolError(`there is no condition '${condition.type}'`);
      }
    };
    batch.steps.forEach((step, at) => {
      only(step, ['stmt'], ['condition']);
      if (step.condition && !holds(step.condition, at)) return;
      try {
        let begun = false;
        const affected = this.statement(step.stmt, (cols) => { begun = true; tell.begin(at, cols); }, (row) => tell.row(row));
        if (!begun) tell.begin(at, []);
        tell.end(affected);
        went[at] = 'ok';
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        tell.error(at, { message: error.message, code: error.code });
        went[at] = 'error';
      }
    });
  }

  /** One request of a pipeline. */
  request(request, version) {
    switch (request.type) {
      case 'close': only(request, ['type']); this.close(); return { type: 'close' };
      case 'execute': only(request, ['type', 'stmt']); return { type: 'execute', result: this.execute(request.stmt) };
      case 'sequence': {
        only(request, ['type'], ['sql', 'sql_id']);
        try { this.database.exec(request.sql ?? this.texts.get(request.sql_id)); } catch (error) { throw StatementError.of(error); }
        return { type: 'sequence' };
      }
      case 'batch': {
        only(request, ['type', 'batch']);
        const result = { step_results: request.batch.steps.map(() => null), step_errors: request.batch.steps.map(() => null) };
        let now;
        this.batch(request.batch, version, {
          begin: (at, cols) => { now = result.step_results[at] = { cols, rows: [], affected_row_count: 0, last_insert_rowid: null }; },
          row: (row) => now.rows.push(row),
          end: (affected) => { now.affected_row_count = affected; },
          error: (at, error) => { result.step_results[at] = null; result.step_errors[at] = error; },
        });
        return { type: 'batch', result };
      }
      case 'describe': {
        only(request, ['type'], ['sql', 'sql_id']);
        const sql = request.sql ?? this.texts.get(request.sql_id);
        try {
          const cols = this.database.prepare(sql).columns().map((column) => ({ name: column.name, decltype: column.type }));
          const params = [...Array(parameterCount(sql))].map(() => ({ name: null }));
          return { type: 'describe', result: { params, cols, is_explain: /^\s*explain\b/i.test(sql), is_readonly: /^\s*(select|values|explain)\b/i.test(sql) } };
        } catch (error) { throw StatementError.of(error); }
      }
      case 'store_sql': only(request, ['type', 'sql_id', 'sql']); this.texts.set(request.sql_id, request.sql); return { type: 'store_sql' };
      case 'close_sql': only(request, ['type', 'sql_id']); this.texts.delete(request.sql_id); return { type: 'close_sql' };
      case 'get_autocommit': expect(version >= 3, 'get_autocommit came with version 3'); return { type: 'get_autocommit', is_autocommit: !this.database.isTransaction };
      default: throw new ProtocolError(`there is no request '${request.type}'`);
    }
  }
}

export class Turso {
  constructor({ token, folder, baseUrl = false, expireAfterMs = 10_000 }) {
    this.own = !folder;
    Object.assign(this, { token, baseUrl, expireAfterMs, folder: folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-turso-')) });
    this.key = crypto.randomBytes(32);
    this.streams = new Map();
    this.requests = [];
    this.refusals = [];
    this.faults = [];
  }

  async listen(port = 0) {
    this.server = http.createServer((request, response) => this.#answer(request, response));
    this.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** What happens to the next request whose body has `when` in it; #answer has the kinds, and 'none' lets one pass. */
  fault(kind, { when = '', ...more } = {}) { this.faults.push({ kind, when, ...more }); }

  /** As a restart does: nobody's stream is known any more, and what was not committed is undone. */
  restart() {
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
    this.key = crypto.randomBytes(32);
  }

  async stop() {
    this.restart();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    if (this.own) fs.rmSync(this.folder, { recursive: true, force: true });
  }

  #baton(stream) {
    const text = `${stream.id}.${stream.sequence}`;
    return `${text}.${crypto.createHmac('sha256', this.key).update(text).digest('base64url')}`;
  }

  #acquire(baton, file) {
    if (baton === null) return new Stream(file);
    const [id, sequence, mac] = String(baton).split('.');
    const right = crypto.createHmac('sha256', this.key).update(`${id}.${sequence}`).digest('base64url');
    const stream = this.streams.get(id);
    if (mac !== right || !stream) throw Object.assign(new Error('Received an invalid baton'), { text: true });
    if (stream.expired) throw Object.assign(new Error('The stream has expired due to inactivity'), { code: 'STREAM_EXPIRED' });
    if (String(stream.sequence) !== sequence) throw Object.assign(new Error('Received a baton that has already been used'), { text: true });
    clearTimeout(stream.timer);
    return stream;
  }

  #release(stream) {
    if (!stream.database) { this.streams.delete(stream.id); return null; }
    stream.sequence += 1;
    this.streams.set(stream.id, stream);
    stream.timer = setTimeout(() => { stream.close(); stream.expired = true; }, this.expireAfterMs);
    stream.timer.unref();
    return this.#baton(stream);
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { pathname } = new URL(request.url, this.url);
    const [, database, version, endpoint] = /^(?:\/([a-z0-9_-]+))?\/v([23])(?:\/(pipeline|cursor))?\/?$/.exec(pathname) ?? [];
    this.requests.push({ method: request.method, path: pathname, authorization: request.headers.authorization, text });

    const at = this.faults.findIndex((fault) => text.includes(fault.when));
    const fault = at >= 0 ? this.faults.splice(at, 1)[0] : {};
    if (fault.kind === 'unsent') return request.socket.destroy(); // before anything was done
    if (fault.kind === 'hang') return undefined;
    if (fault.kind === 'status') return response.writeHead(fault.status, { 'content-type': fault.type ?? 'application/json', ...fault.headers }).end(fault.body ?? '');
    if (!version) return json(404, { error: 'Not found' });
    if (this.token && request.headers.authorization !== `Bearer ${this.token}`) return json(401, { error: 'Unauthorized: `The JWT is invalid`' });
    if (request.method === 'GET' && !endpoint) return response.writeHead(200).end('Hello');
    if (request.method !== 'POST' || !endpoint || (endpoint === 'cursor' && version < 3)) return json(404, { error: 'Not found' });

    let body;
    try {
      body = JSON.parse(text);
      only(body, endpoint === 'cursor' ? ['batch'] : ['requests'], ['baton']);
      const stream = this.#acquire(body.baton ?? null, path.join(this.folder, `${database ?? 'commsd'}.db`));
      const lines = [];
      let results;
      try {
        if (endpoint === 'pipeline') {
          results = body.requests.map((one) => {
            try { return { type: 'ok', response: stream.request(one, Number(version)) }; } catch (error) {
              if (!(error instanceof StatementError)) throw error;
              return { type: 'error', error: { message: error.message, code: error.code } };
            }
          });
        } else {
          stream.batch(body.batch, Number(version), {
            begin: (step, cols) => lines.push({ type: 'step_begin', step, cols }),
            row: (row) => lines.push({ type: 'row', row }),
            end: (affected) => lines.push({ type: 'step_end', affected_row_count: affected, last_insert_rowid: null }),
            error: (step, error) => lines.push({ type: 'step_error', step, error }),
          });
          lines.push({ type: 'replication_index', replication_index: '1' }); // newer than the specification; to be passed by
        }
      } catch (error) { stream.close(); this.#release(stream); throw error; }
      const head = { baton: this.#release(stream), base_url: this.baseUrl ? `${this.url}${database ? `/${database}` : ''}` : null };
      if (fault.kind === 'unanswered') return request.socket.destroy(); // all of it was done
      if (endpoint === 'pipeline') return json(200, { ...head, results });
      response.writeHead(200, { 'content-type': 'text/plain' });
      const all = [head, ...lines].map((line) => JSON.stringify(line) + '\n');
      if (fault.kind === 'cut') { // after the line with `behind` in it
        response.write(all.slice(0, all.findIndex((line) => line.includes(fault.behind)) + 1).join(''));
        return setTimeout(() => request.socket.destroy(), 50);
      }
      if (fault.kind === 'end') { all.length = all.findIndex((line) => line.includes(fault.behind)) + 1; all.push(JSON.stringify({ type: 'error', error: fault.error }) + '\n'); }
      return response.end(all.join(''));
    } catch (error) {
      if (error instanceof ProtocolError || error instanceof SyntaxError) this.refusals.push(`${pathname}: ${error.message}`);
      if (error instanceof ProtocolError || error instanceof SyntaxError || error.text) return response.writeHead(400, { 'content-type': 'text/plain' }).end(error.message);
      return json(error.code === 'STREAM_EXPIRED' ? 400 : 500, { message: error.message, code: error.code ?? null });
    }
  }
}

/** options: token, folder (of the databases: NAME.db for URL/NAME), baseUrl, expireAfterMs, port. */
export const startTurso = (options = {}) => new Turso({ token: crypto.randomBytes(24).toString('base64url'), ...options }).listen(options.port);
