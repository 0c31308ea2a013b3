// What the rules about contacts cost a durable send, and what history costs: the same load with no
// rules and with all of them, on databases with 0, 100,000 and 1,000,000 messages. Every run starts
// on a copy of its own, because the load adds tens of thousands of messages itself.
//   node tests/bench/load/rules.mjs [--build build/release] [--seconds 3] [--rounds 3]
//                                   [--history 0,100000,1000000] [--connections 1,16,64]
// Needs wrk and sqlite3, about 3 GB in TMPDIR, and a release build; ends by itself.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { agentToken, columns, load, median, print } from './lib.mjs';

const { values: options } = parseArgs({ options: {
  build: { type: 'string', default: 'build/release' },
  seconds: { type: 'string', default: '3' },
  rounds: { type: 'string', default: '3' },
  history: { type: 'string', default: '0,100000,1000000' },
  connections: { type: 'string', default: '1,16,64' },
} });
process.env.COMMSD_BUILD = options.build;
const { Server, daemon } = await import('../../e2e/lib/server.mjs');
const numbers = (list) => list.split(',').map(Number);
const contacts = 5_000; // call.lua writes to so many in turn
// Marketing is sent in the recipient's day only: the first of these cities where it is day.
const areas = { '+1415555': 'America/Los_Angeles', '+1212555': 'America/New_York' };
const hourIn = (timeZone) => Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format());
const area = Object.keys(areas).find((digits) => hourIn(areas[digits]) >= 8 && hourIn(areas[digits]) < 20) ?? '+1415555';
process.env.COMMSD_LOAD_AREA = area;
const year = 365 * 86_400_000;
const sql = (file, text) => execFileSync('sqlite3', ['-bail', file], { input: text, encoding: 'utf8' });
const json = (file, query) => JSON.parse(execFileSync('sqlite3', ['-json', file, query], { encoding: 'utf8' }) || '[]');

async function rest(server, token, route, body) {
  const response = await fetch(`${server.url}/api/v1${route}`, { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${route}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Statements that put `count` rows like the one in `table` before it, with `changes` as SQL over i = 1..count. */
function copies(file, table, count, changes) {
  const names = json(file, `SELECT name FROM pragma_table_info('${table}')`).map((row) => row.name);
  const values = names.map((name) => changes[name] ?? `t.${name}`);
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM n, (SELECT * FROM ${table} LIMIT 1) t;`;
}

/** A year of sends: the rows one send leaves behind, `count` times. */
function addHistory(file, count, now) {
  const at = `${now - year} + i * ${Math.floor(year / count)}`;
  const id = (prefix) => `printf('${prefix}_%026d', i)`;
  const to = `printf('${area}%d', 1000 + i % ${contacts})`;
  const each = (table, changes) => copies(file, table, count, changes);
  sql(file, `PRAGMA synchronous = OFF; BEGIN;
    ${each('messages', { id: id('msg'), to_address: to, vendor_id: id('SM'), content_hash: "printf('%064d', i)", created_at: at, updated_at: at })}
    ${each('attempts', { id: id('att'), message_id: id('msg'), vendor_id: id('SM'), started_at: at, ended_at: at })}
    ${each('idempotency', { key: id('key'), arguments_hash: "printf('%064d', i)", message_id: id('msg'), created_at: at })}
    ${each('timeline', { sequence: 'NULL', message_id: id('msg'), at })}
    UPDATE reservations SET sequence = ${count} + 1;
    ${each('reservations', { sequence: 'i', subject: id('msg'), at, settled_at: at })}
    INSERT OR IGNORE INTO contact_hours SELECT (h.hour - 36 * i) / 24, c.org_id, c.contact_hash, h.hour - 36 * i, 1
      FROM (SELECT DISTINCT org_id, contact_hash FROM consents) c, (SELECT max(hour) AS hour FROM contact_hours) h,
           (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${Math.ceil(count / contacts)}) SELECT i FROM n);
    COMMIT; ANALYZE;`);
}

const databases = new Map(); // by how many messages were before
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-rules-'));
const server = await Server.prepare({ change: (config) => {
  config.logging = { level: 'warn' };
  config.limits = { actions_per_minute: 1_000_000, actions_per_hour: 10_000_000, actions_per_day: 100_000_000, spend_per_day: 1_000_000, spend_per_month: 10_000_000 };
  config.compliance = { enforce: 'always', marketing_per_day: 1000 };
  for (const slot of ['telephony', 'whatsapp', 'email', 'tts', 'stt', 'voice']) config.providers[slot] = { use: 'sandbox' };
  config.providers.storage = { use: 'local', config: { root: 'media' } };
} });

/** Waits for the end of the check that every start makes of its database: it reads all of it, once. */
async function checked(pid) {
  const name = (id) => { try { return fs.readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim(); } catch { return ''; } }; // it ended meanwhile
  const names = () => fs.readdirSync(`/proc/${pid}/task`).map(name);
  while (names().includes('store-check')) await new Promise((resolve) => { setTimeout(resolve, 50); });
}

/** Makes `copy` what `original` is, and writes only the pages that are not: gigabytes of copies wear out a disk's burst. */
function restore(original, copy) {
  if (!fs.existsSync(copy)) {
    // By pages, as a server writes them: a file copied in large pieces is cached in large pieces, and
    // a changed page then costs the kernel as much as all of its piece.
    execFileSync('dd', [`if=${original}`, `of=${copy}`, 'bs=4096', 'status=none']);
    return;
  }
  const files = [fs.openSync(original, 'r'), fs.openSync(copy, 'r+')];
  fs.ftruncateSync(files[1], fs.fstatSync(files[0]).size);
  const [wanted, found] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
  for (let at = 0, size; (size = fs.readSync(files[0], wanted, 0, wanted.length, at)) > 0; at += size) {
    fs.readSync(files[1], found, 0, size, at);
    if (wanted.compare(found, 0, size, 0, size) === 0) continue;
    for (let page = 0; page < size; page += 4096) {
      if (wanted.compare(found, page, page + 4096, page, page + 4096) !== 0) fs.writeSync(files[1], wanted, page, 4096, at + page);
    }
  }
  files.forEach((file) => fs.closeSync(file));
}

/** A copy for each case, all before the first of a round runs: a case is not to pay for its copying. */
async function prepare(cases) {
  const copies = cases.map(([, , history], at) => {
    const copy = path.join(scratch, `case-${at}.db`);
    restore(databases.get(history), copy);
    return copy;
  });
  execFileSync('sync');
  await new Promise((resolve) => { setTimeout(resolve, 3_000); });
  return copies;
}

/** The load on `database`, which it changes; `enforce` is compliance.enforce. */
async function measure(database, enforce, connections, token) {
  for (const end of ['-wal', '-shm']) fs.rmSync(server.databaseFile + end, { force: true });
  fs.renameSync(database, server.databaseFile);
  server.config.compliance.enforce = enforce;
  server.writeConfig();
  await server.start();
  try {
    await checked(server.child.pid);
    const one = { token, what: 'send', wire: 'modern', class: 'marketing' };
    await load(server.url, server.child.pid, connections, one, 1); // warm: the page cache, the statements
    return await load(server.url, server.child.pid, connections, one, Number(options.seconds));
  } finally {
    await server.stop();
    fs.renameSync(server.databaseFile, database);
  }
}

try {
  await server.start();
  const token = await agentToken(server);
  for (let first = 0; first < contacts; first += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, at) => rest(server, token, '/consent',
      { contactAddress: `${area}${1000 + first + at}`, channel: 'sms', consentType: 'express', source: 'web_form', notes: 'load' })));
  }
  // Hours are local: this stops a run in the night of the numbers it writes to.
  await rest(server, token, '/send-message', { to: `${area}1000`, channel: 'sms', messageClass: 'marketing', body: 'Your table is booked for eight.', idempotencyKey: 'first' });
  await server.stop();

  console.log(`${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, load ${os.loadavg().map((l) => l.toFixed(1)).join(' ')}, ${daemon}`);
  print(['', 'rate', 'p50', 'p99', 'CPU/request']);
  for (const history of numbers(options.history)) {
    const file = path.join(scratch, `${history}.db`);
    sql(server.databaseFile, `VACUUM INTO '${file}';`);
    if (history > 0) addHistory(file, history, Date.now());
    databases.set(history, file);
  }
  for (const connections of numbers(options.connections)) {
    const rates = new Map();
    const cases = [['no rules', 'never', Math.min(...databases.keys())], ...[...databases.keys()].map((history) => ['every rule', 'always', history])];
    // Round by round, so that a disk that slows down slows all of them, and there and back, so that a
    // processor which slows down within a round does not always slow the same.
    for (let round = 0; round < Number(options.rounds); ++round) {
      const copies = await prepare(cases);
      const order = cases.map((_, at) => (round % 2 === 0 ? at : cases.length - 1 - at));
      for (const at of order) {
        const [name, enforce, history] = cases[at];
        const result = await measure(copies[at], enforce, connections, token);
        const row = `${name}, ${history} before, ${connections}`;
        rates.set(row, [...(rates.get(row) ?? []), result.rate]);
        print([row, ...columns(result)]);
      }
    }
    // Compared within a round as well, since disks change their mind between rounds.
    const base = rates.get(`${cases[1][0]}, ${cases[1][2]} before, ${connections}`);
    for (const [row, list] of rates) {
      print([`median of ${row}`, `${median(list).toFixed(0)}/s`, `${(median(list) / median(base)).toFixed(2)}x`,
             `by round ${median(list.map((rate, round) => rate / base[round])).toFixed(2)}x`]);
    }
  }
} finally {
  await server.dispose();
  fs.rmSync(scratch, { recursive: true, force: true });
}
