// A PostgreSQL server for the suites of one process: in a folder of its own, on a Unix socket there,
// without fsync. It starts at the first use and ends with the process, however that ends.
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const user = 'commsd';
const versions = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql').sort((a, b) => b - a) : [];
const program = (name) => versions.map((v) => `/usr/lib/postgresql/${v}/bin/${name}`).find((p) => fs.existsSync(p)) ?? name;

// It refuses to run as root; then it runs as the user its package made.
const asRoot = process.getuid() === 0;
const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
const identity = asRoot ? { uid: id('-u'), gid: id('-g') } : {};

class Postgres {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-pg-'));
    if (asRoot) fs.chownSync(this.folder, identity.uid, identity.gid);
    this.data = path.join(this.folder, 'data');
    this.databases = 0;
    execFileSync(program('initdb'), [`--pgdata=${this.data}`, '--auth=trust', `--username=${user}`, '--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'], { cwd: this.folder, stdio: 'pipe', ...identity });
    process.once('exit', () => {
      this.child?.kill('SIGQUIT');
      fs.rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async start() {
    const log = fs.openSync(path.join(this.folder, 'log'), 'a');
    const settings = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_connections=60', 'log_min_error_statement=panic', 'log_min_messages=fatal'];
    const command = [program('postgres'), '-D', this.data, '-k', this.folder, ...settings.flatMap((s) => ['-c', s])];
    const who = asRoot ? ['--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
    // Killed with us, if we are: nobody would stop it otherwise.
    this.child = spawn('setpriv', [...who, '--pdeathsig', 'QUIT', ...command], { cwd: this.folder, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.child.unref(); // the process ends when its tests have
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    for (let tries = 0; ; tries++) {
      try { await this.ask('postgres', 'SELECT 1'); break; } catch (error) {
        if (tries > 400) throw new Error(`PostgreSQL does not start: ${error.message}\n${fs.readFileSync(path.join(this.folder, 'log'), 'utf8').slice(-2000)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return this;
  }

  /** As a power cut of the server's machine would: no checkpoint, nothing flushed, and up again. */
  async crash() {
    this.child.kill('SIGQUIT');
    await this.exited;
    await this.start();
  }

  /** The lines of the answer, without headers; columns are apart by tabs. */
  async ask(database, sql) {
    const { stdout } = await run(program('psql'), ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-h', this.folder, '-U', user, '-d', database, '-c', sql], { maxBuffer: 256 << 20 });
    return stdout.trim();
  }

  /** A new database; what commsd.yaml says of it. */
  async make() {
    const dbname = `run${++this.databases}`;
    await this.ask('postgres', `CREATE DATABASE ${dbname}`);
    return { use: 'postgres', config: { host: this.folder, dbname, user } };
  }

  /** 'ok', or what pg_amcheck finds in tables and indexes. */
  async integrity(database) {
    await run(program('pg_amcheck'), ['-h', this.folder, '-U', user, '-d', database, '--install-missing', '--heapallindexed', '--progress'], { maxBuffer: 16 << 20 })
      .catch((error) => { throw new Error(error.stdout || error.message); });
    return 'ok';
  }
}

let shared;
export const postgres = () => (shared ??= new Postgres().start());
