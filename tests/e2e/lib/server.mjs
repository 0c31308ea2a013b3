// One commsd under test: a folder of its own, a config in it, the real binary and the real plugins.
// COMMSD_BUILD names the build tree (default build/dev beside tests/). COMMSD_TEST_DATABASE=postgres has
// it keep its store on PostgreSQL; else that is SQLite.
import { execFile, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { postgres } from './postgres.mjs';

const run = promisify(execFile);
export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const build = path.resolve(repository, process.env.COMMSD_BUILD ?? 'build/dev');
export const daemon = path.join(build, 'bin/commsd');
export const control = ['bin/commsctl', 'host/ctl/commsctl'].map((p) => path.join(build, p)).find((p) => fs.existsSync(p)) ?? 'commsctl';
export const pluginFolder = path.join(build, 'plugins');
const onPostgres = process.env.COMMSD_TEST_DATABASE === 'postgres';
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Polls `ask` until it returns something truthy; the bound is a safety net, never an assertion of speed. */
export async function eventually(ask, what, { withinMs = 20_000, everyMs = 50 } = {}) {
  const end = Date.now() + withinMs;
  let last;
  for (;;) {
    try {
      const value = await ask();
      if (value) return value;
      last = undefined;
    } catch (error) { last = error; }
    if (Date.now() > end) throw new Error(`never came true: ${what}${last ? ` (${last.message})` : ''}`);
    await sleep(everyMs);
  }
}

export class Server {
  constructor({ directory, port, config, environment = {} }) {
    Object.assign(this, { directory, port, config, environment });
    this.url = `http://127.0.0.1:${port}`;
    this.configFile = path.join(directory, 'commsd.yaml');
    this.logFile = path.join(directory, 'commsd.log');
    this.exit = null;
  }

  /**
   * Prepares (does not start) a server on the given mocks. `change(config)` may edit the plain object
   * before it is written; YAML is a superset of JSON, so JSON is what is written.
   */
  static async prepare({ twilio, resend, change = () => {}, environment } = {}) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-e2e-'));
    const port = await freePort();
    fs.mkdirSync(path.join(directory, 'secrets'), { mode: 0o700 });
    const twilioConfig = twilio && { account_sid: twilio.account.accountSid, auth_token: 'secret:twilio_auth_token', base_url: twilio.url };
    const config = {
      server: { listen: `127.0.0.1:${port}`, public_url: `http://127.0.0.1:${port}`, control_socket: path.join(directory, 'control.sock') },
      data_dir: directory,
      plugins: { path: [pluginFolder], trust: 'any', cache_dir: path.join(directory, 'plugin-cache') },
      secrets: { dir: path.join(directory, 'secrets') },
      egress: { allow: [twilio?.url, resend?.url].filter(Boolean) },
      providers: {
        database: onPostgres ? await (await postgres()).make() : { use: 'sqlite', config: { path: path.join(directory, 'commsd.db') } },
        ...(twilio ? { telephony: { use: 'twilio', fallback: [], config: twilioConfig }, whatsapp: { use: 'twilio', config: { ...twilioConfig } } } : {}),
        ...(resend ? { email: { use: 'resend', config: { api_key: 'secret:resend_api_key', webhook_secret: 'secret:resend_webhook_secret', base_url: resend.url } } } : {}),
      },
    };
    change(config, directory);
    const server = new Server({ directory, port, config, environment });
    if (twilio) server.secret('twilio_auth_token', twilio.account.authToken);
    if (resend) {
      server.secret('resend_api_key', resend.account.apiKey);
      server.secret('resend_webhook_secret', resend.account.webhookSecret);
    }
    server.writeConfig();
    return server;
  }

  secret(name, value) { fs.writeFileSync(path.join(this.directory, 'secrets', name), value, { mode: 0o600 }); }
  /** In one step (rename), as an editor or a deployment tool does: a reload must never read half a file. */
  writeConfig() {
    fs.writeFileSync(this.configFile + '.new', JSON.stringify(this.config, null, 2));
    fs.renameSync(this.configFile + '.new', this.configFile);
  }
  get databaseFile() { return path.join(this.directory, 'commsd.db'); }
  get running() { return this.child && this.exit === null; }
  log() { return fs.existsSync(this.logFile) ? fs.readFileSync(this.logFile, 'utf8') : ''; }

  /** Starts the daemon and returns when it answers ready, or throws with the end of its log. */
  async start({ environment = {}, options = [], wait = true, readyWithinMs = 20_000 } = {}) {
    const log = fs.openSync(this.logFile, 'a');
    this.exit = null;
    const child = spawn(daemon, ['--config', this.configFile, ...options], {
      stdio: ['ignore', log, log], env: { ...process.env, ...this.environment, ...environment } });
    fs.closeSync(log);
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => { if (this.child === child) this.exit = { code, signal }; resolve({ code, signal }); });
      child.once('error', (error) => { if (this.child === child) this.exit = { code: null, signal: null, error }; resolve({ error }); });
    });
    if (wait) await this.ready(readyWithinMs);
    return this;
  }

  async ready(withinMs = 20_000) {
    await eventually(async () => {
      if (this.exit) return true;
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      // Behind the first answer there is still a moment until commsctl finds its socket.
      return response.status === 200 && fs.existsSync(this.config.server.control_socket);
    }, 'the server is ready', { withinMs, everyMs: 25 }).catch((error) => {
      throw new Error(`${error.message}\n--- end of log ---\n${this.log().slice(-3000)}`);
    });
    if (this.exit) throw new Error(`commsd ended before it was ready: ${JSON.stringify(this.exit)}\n--- end of log ---\n${this.log().slice(-3000)}`);
  }

  reload() { this.child.kill('SIGHUP'); }
  /** kill -9: no destructor, no flush. */
  async kill() {
    if (this.running) this.child.kill('SIGKILL');
    await this.exited;
  }
  async stop({ withinMs = 20_000 } = {}) {
    if (this.running) this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), withinMs);
    await this.exited;
    clearTimeout(late);
    return this.exit;
  }
  /** Stops the daemon if need be and removes the folder, which is kept (and named) when COMMSD_KEEP is set. */
  async dispose() {
    if (this.child) await this.stop();
    if (process.env.COMMSD_KEEP) console.log(`# kept ${this.directory}`);
    else fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** commsctl over the control socket; returns parsed JSON when --json is among the arguments. */
  async ctl(...args) {
    const { stdout } = await run(control, ['--socket', this.config.server.control_socket, ...args], { maxBuffer: 16 << 20 });
    return args.includes('--json') ? JSON.parse(stdout) : stdout;
  }
  async token(role, ...more) {
    const { token } = await this.ctl('tokens', 'create', '--role', role, ...more, '--json');
    return token;
  }

  /** An operator's word that an organization has all that stands in the way of a country's numbers. */
  async meetRequirements(organization, country = 'US') {
    const { requirements } = await this.ctl('organizations', 'requirements', organization, '--country', country, '--json');
    for (const one of requirements) {
      if (one.blocking && !one.met) await this.ctl('organizations', 'meet', organization, '--requirement', one.id, '--json');
    }
  }

  /** 'ok' or what is damaged; the daemon may be running. */
  async integrity() {
    const { use, config } = this.config.providers.database;
    if (use === 'postgres') return (await postgres()).integrity(config.dbname).catch((error) => error.message);
    const { stdout } = await run('sqlite3', [this.databaseFile, 'PRAGMA integrity_check;']);
    return stdout.trim();
  }

  async auditEntries() {
    const columns = 'sequence, id, at, org_id, actor, action, target, details_json';
    const { use, config } = this.config.providers.database;
    const text = use === 'postgres'
      ? await (await postgres()).ask(config.dbname, `SELECT json_agg(a ORDER BY sequence) FROM (SELECT ${columns}, encode(leaf, 'hex') AS leaf FROM audit) a`)
      : (await run('sqlite3', ['-json', this.databaseFile, `SELECT ${columns}, hex(leaf) AS leaf FROM audit ORDER BY sequence;`], { maxBuffer: 256 << 20 })).stdout.trim();
    return text ? JSON.parse(text) : [];
  }

  /**
   * 'ok' or the first entry of the audit log that is missing or was altered. Computed here from the
   * documented encoding and not asked of the server, which would have to be believed: SHA-256 over
   * 0x00, the sequence as 16 hex digits, and version 1 of the fields, each behind its 8-digit length.
   */
  async auditChain() {
    const entries = await this.auditEntries();
    let expected = 1;
    for (const e of entries) {
      if (e.sequence !== expected) return `entry ${expected} is missing`;
      const fields = [e.id, String(e.at), e.org_id ?? '', e.actor, e.action, e.target ?? '', e.details_json ?? '']
        .map((field) => Buffer.from(field)).map((bytes) => Buffer.concat([Buffer.from(bytes.length.toString(16).padStart(8, '0')), bytes]));
      const leaf = crypto.createHash('sha256').update('\0').update(e.sequence.toString(16).padStart(16, '0')).update('\x01').update(Buffer.concat(fields)).digest('hex');
      if (leaf !== e.leaf.toLowerCase()) return `entry ${e.sequence} does not match its hash`;
      expected++;
    }
    return entries.length > 0 ? 'ok' : 'the audit log is empty';
  }
}

/** Runs the daemon on a config that must be refused; returns the exit and what it said. */
export async function runRefused(config) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-bad-'));
  const file = path.join(directory, 'commsd.yaml');
  fs.writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(typeof config === 'function' ? config(directory) : config));
  try {
    return await new Promise((resolve) => {
      const child = execFile(daemon, ['--config', file], { timeout: 20_000 }, (error, stdout, stderr) =>
        resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }));
    });
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
