// What commsd calls, with the deployment's key; nobody else can (internal). A function that throws has changed
// nothing, and one that two processes ran at once on the same pages is run again by Convex: a group of units is
// one serializable transaction.
import { SQLiteError } from '@journeyapps/wa-sqlite/src/sqlite-api.js';
import { internalMutationGeneric as internalMutation, internalQueryGeneric as internalQuery } from 'convex/server';
import { ConvexError, v } from 'convex/values';
import { Session } from './session.js';

const protocol = v.number();
const ours = 1; // goes up when an argument or an answer changes its meaning
const value = v.union(v.null(), v.int64(), v.float64(), v.string(), v.bytes());
const statement = v.object({ name: v.string(), sql: v.string() });
const step = v.object({ statement: v.number(), params: v.array(value), expect: v.number(), capture: v.boolean() });
const longestArray = 8192; // Convex's own

/** A session for a caller that means the same by what it sends. */
async function opened(ctx, { protocol }, options) {
  if (protocol !== ours) throw new ConvexError({ kind: 'protocol', message: `the functions speak version ${ours} and commsd speaks ${protocol}` });
  return Session.open(ctx.db, options);
}

/** Convex takes arrays of that length only, so rows come in several. */
function packed(rows) {
  const parts = [];
  for (let at = 0; at < rows.length; at += longestArray) parts.push(rows.slice(at, at + longestArray));
  return parts;
}

/** SQLite's result codes of which the statement is the cause: ERROR, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, AUTH, RANGE. */
const isOfStatement = (error) => error instanceof SQLiteError && [1, 18, 19, 20, 21, 23, 25].includes(error.code & 0xff);

function reason({ code }) {
  if ([2067, 1555, 2579].includes(code)) return 'unique'; // of UNIQUE, PRIMARY KEY, ROWID
  if (code === 787) return 'foreign_key';
  return [19, 20].includes(code & 0xff) ? 'check' : 'statement';
}

/** An error in the form that leaves a production deployment (ConvexError), with its kind. */
function told(error) {
  if (!(error instanceof SQLiteError)) return error;
  const [readOnly, interrupted] = [8, 9];
  const primary = error.code & 0xff;
  const kind = primary === interrupted ? 'slow' : isOfStatement(error) || primary === readOnly ? 'statement' : 'database';
  return new ConvexError({ kind, code: String(error.code), message: error.message.slice(0, 500) });
}

/** Undefined, or why the unit is not to count. */
async function runUnit(session, statements, unit, captured) {
  for (const [number, { statement: which, params, expect, capture }] of unit.steps.entries()) {
    try {
      const result = await session.run({ sql: statements[which].sql, params, capture });
      if (capture) captured.push({ step: number, columns: result.columns, rows: packed(result.rows) });
      if (expect >= 0 && result.changes !== expect) return { step: number, reason: 'expectation', code: '', message: '' };
    } catch (error) {
      // SQLite may have ended the whole transaction; then no later unit may run on its own.
      if (!isOfStatement(error) || !session.inTransaction) throw told(error);
      return { step: number, reason: reason(error), code: String(error.code), message: error.message.slice(0, 500) };
    }
  }
  return undefined;
}

export const read = internalQuery({
  args: { protocol, statement, params: v.array(value) },
  handler: async (ctx, args) => {
    const session = await opened(ctx, args, { readOnly: true });
    try {
      const { columns, rows } = await session.run({ sql: args.statement.sql, params: args.params, capture: true });
      return { columns, rows: packed(rows), pagesRead: session.file.read };
    } catch (error) {
      throw told(error);
    }
  },
});

export const commit = internalMutation({
  args: { protocol, statements: v.array(statement), units: v.array(v.object({ steps: v.array(step) })) },
  handler: async (ctx, args) => {
    const session = await opened(ctx, args, { readOnly: false });
    const units = [];
    try {
      await session.script('BEGIN IMMEDIATE');
      for (const unit of args.units) {
        const captured = [];
        await session.script('SAVEPOINT unit');
        const failure = await runUnit(session, args.statements, unit, captured);
        await session.script(failure ? 'ROLLBACK TO unit; RELEASE unit' : 'RELEASE unit');
        units.push(failure ? { failure } : { captured });
      }
      await session.script('COMMIT');
      const pagesWritten = await session.save();
      return { units, pagesRead: session.file.read, pagesWritten };
    } catch (error) {
      throw told(error);
    }
  },
});

export const script = internalMutation({
  args: { protocol, sql: v.string() },
  handler: async (ctx, args) => {
    const session = await opened(ctx, args, { readOnly: false });
    try {
      await session.script(`BEGIN IMMEDIATE;\n${args.sql}\n;COMMIT`);
      const pagesWritten = await session.save();
      return { pagesRead: session.file.read, pagesWritten };
    } catch (error) {
      throw told(error);
    }
  },
});
