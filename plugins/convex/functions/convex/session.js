// SQLite on a page file, for the length of one function. Nothing is kept between two: Convex promises no memory.
import { sha256 } from '@noble/hashes/sha2.js';
import { Factory, SQLiteError } from '@journeyapps/wa-sqlite/src/sqlite-api.js';
import * as SQLite from '@journeyapps/wa-sqlite/src/sqlite-constants.js';
import { ConvexError } from 'convex/values';
import startEngine from './engine.js';
import engine from './engine.wasm';
import { hugest, PageFile, pageSize } from './page_file.js';
import { PageVfs } from './page_vfs.js';

const extendedResultCodes = 0x02000000; // SQLITE_OPEN_EXRESCODE, which the package does not name
const opsBetweenLooks = 1_000_000;
// Convex ends a function after a second of its own time and then says nothing but that; this is ended before, in words.
const mostLooks = 15;
// Of the 16 MiB that a function may answer, by Convex's own way of counting.
const longestAnswer = 15 << 20;

export class Session {
  static async open(database, { readOnly }) {
    const file = new PageFile(database);
    await file.open();
    const module = await startEngine({
      instantiateWasm: (imports, done) => done(new WebAssembly.Instance(engine, imports), engine),
    });
    const session = new Session(module, file);
    session.sqlite.vfs_register(session.vfs, true);
    session.handle = await session.sqlite.open_v2('commsd',
      SQLite.SQLITE_OPEN_READWRITE | SQLite.SQLITE_OPEN_CREATE | extendedResultCodes, 'pages');
    session.sqlite.create_function(session.handle, 'comms_sha256', -1,
      SQLite.SQLITE_UTF8 | SQLite.SQLITE_DETERMINISTIC | SQLite.SQLITE_INNOCUOUS, 0, (context, values) => session.hash(context, values));
    session.sqlite.progress_handler(session.handle, opsBetweenLooks, () => (++session.looks > mostLooks ? 1 : 0), null);
    // Convex commits all documents or none, so no journal need outlive the function; what was deleted is
    // overwritten, because messages are deleted so that they are gone.
    await session.script(`PRAGMA page_size = ${pageSize}; PRAGMA max_page_count = ${hugest}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -24576; PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA query_only = ${readOnly ? 'ON' : 'OFF'};`);
    return session;
  }

  constructor(module, file) {
    this.module = module;
    this.file = file;
    this.vfs = new PageVfs(module, file);
    this.sqlite = Factory(module);
    this.prepared = new Map();
    this.looks = 0;
    this.answered = 0;
  }

  hash(context, values) {
    const digest = sha256.create();
    for (const value of values) digest.update(new Uint8Array(this.sqlite.value_blob(value)));
    this.sqlite.result(context, digest.digest());
  }

  /** Many statements, whose rows nobody wants. */
  async script(sql) {
    try {
      await this.sqlite.exec(this.handle, sql);
    } catch (error) {
      throw this.cause(error);
    }
  }

  /** One statement. Gives {columns, rows, changes}: rows only with `capture`, changes as rows that came or were changed. */
  async run({ sql, params, capture }) {
    try {
      const statement = await this.prepare(sql);
      if (params.length !== this.sqlite.bind_parameter_count(statement)) {
        throw new SQLiteError('the statement has another number of parameters', SQLite.SQLITE_RANGE);
      }
      params.forEach((value, at) => this.bind(statement, at + 1, value));
      const width = this.sqlite.column_count(statement);
      const columns = capture ? this.sqlite.column_names(statement) : [];
      const rows = [];
      let changes = 0;
      while (await this.sqlite.step(statement) === SQLite.SQLITE_ROW) {
        changes += 1;
        if (capture) rows.push(this.row(statement, width));
      }
      return { columns, rows, changes: width > 0 ? changes : this.sqlite.changes(this.handle) };
    } catch (error) {
      throw this.cause(error);
    } finally {
      const statement = this.prepared.get(sql);
      if (statement) this.module.ccall('sqlite3_reset', 'number', ['number'], [statement]);
    }
  }

  async prepare(sql) {
    const known = this.prepared.get(sql);
    if (known) return known;
    const found = [];
    for await (const statement of this.sqlite.statements(this.handle, sql, { unscoped: true })) found.push(statement);
    if (found.length !== 1) throw new SQLiteError('one statement is wanted', SQLite.SQLITE_MISUSE);
    this.prepared.set(sql, found[0]);
    return found[0];
  }

  /** A number is REAL and a bigint INTEGER, as Convex tells them apart. */
  bind(statement, at, value) {
    if (typeof value === 'number') this.sqlite.bind_double(statement, at, value);
    else if (typeof value === 'string') this.bindBytes('text', statement, at, new TextEncoder().encode(value));
    else if (value instanceof ArrayBuffer) this.bindBytes('blob', statement, at, new Uint8Array(value));
    else this.sqlite.bind(statement, at, value);
  }

  /** The package's own way ends a text at a NUL and takes an empty blob for NULL. */
  bindBytes(type, statement, at, bytes) {
    const { module } = this;
    const copy = module._sqlite3_malloc(Math.max(1, bytes.length));
    if (!copy) throw new SQLiteError('out of memory', SQLite.SQLITE_NOMEM);
    module.HEAPU8.set(bytes, copy);
    const code = module.ccall(`sqlite3_bind_${type}`, 'number', Array(5).fill('number'),
      [statement, at, copy, bytes.length, module._getSqliteFree()]);
    if (code !== SQLite.SQLITE_OK) throw new SQLiteError('a parameter was not taken', code);
  }

  row(statement, width) {
    const row = [];
    for (let at = 0; at < width; at++) {
      const value = this.column(statement, at);
      this.answered += typeof value === 'string' || value instanceof ArrayBuffer ? 2 + this.sqlite.column_bytes(statement, at) : 9;
      row.push(value);
    }
    if (this.answered > longestAnswer) {
      throw new ConvexError({ kind: 'limit', message: 'the answer has more than the 16 MiB that a Convex function may return' });
    }
    return row;
  }

  column(statement, at) {
    const { sqlite } = this;
    switch (sqlite.column_type(statement, at)) {
      case SQLite.SQLITE_INTEGER: return sqlite.column_int64(statement, at);
      case SQLite.SQLITE_FLOAT: return sqlite.column_double(statement, at);
      case SQLite.SQLITE_TEXT: return new TextDecoder('utf-8', { ignoreBOM: true }).decode(sqlite.column_blob(statement, at));
      case SQLite.SQLITE_BLOB: return sqlite.column_blob(statement, at).slice().buffer;
      default: return null;
    }
  }

  /** Gives how many pages it wrote. After a page that could not be read nothing is to be saved, whatever SQLite made of it. */
  async save() {
    if (this.vfs.failure) throw this.vfs.failure;
    if (this.inTransaction) throw new SQLiteError('the transaction was not ended', SQLite.SQLITE_ERROR); // a script swallowed its COMMIT
    return this.file.save();
  }

  get inTransaction() { return !this.sqlite.get_autocommit(this.handle); }

  /** What SQLite says when a page could not be read is not the reason. */
  cause(error) {
    return this.vfs.failure ?? error;
  }
}
