// A provider as the server loads it, one call after another: wraps the program provider-driver
// (tests/contract/driver, where the commands are described).
//
//   const driver = await Driver.start({ allow: [mock.url], providers: { email: { use: 'resend', config } } });
//   const sent = await driver.ask({ slot: 'email', op: 'send', from, to, text });
//   await driver.stop();
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const build = path.resolve(here, '../../..', process.env.COMMSD_BUILD ?? 'build/dev');

export class Driver {
  /** plugins: folder of the .so files, else those that were built. Throws when a slot did not come up, unless `mayFail`. */
  static async start({ providers, allow = [], plugins = path.join(build, 'plugins'), mayFail = false }) {
    const driver = new Driver();
    driver.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-driver-'));
    const file = path.join(driver.folder, 'driver.json');
    fs.writeFileSync(file, JSON.stringify({ plugins, cache: path.join(driver.folder, 'cache'), allow, providers }), { mode: 0o600 });
    driver.process = spawn(path.join(build, 'bin/provider-driver'), [file], { stdio: ['pipe', 'pipe', 'pipe'] });
    driver.errors = '';
    driver.process.stderr.on('data', (chunk) => { driver.errors += chunk; });
    driver.ended = new Promise((resolve) => { driver.process.once('close', (code, signal) => resolve({ code, signal })); });
    driver.lines = readline.createInterface({ input: driver.process.stdout })[Symbol.asyncIterator]();
    driver.turn = Promise.resolve();
    driver.state = await driver.#line();
    const sick = driver.state.slots?.filter((s) => s.status !== 'healthy') ?? [driver.state.error];
    if (!mayFail && sick.length > 0) {
      await driver.stop();
      throw new Error(`not healthy: ${JSON.stringify(sick)}`);
    }
    return driver;
  }

  async #line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`provider-driver ended: ${JSON.stringify(await this.ended)} ${this.errors}`);
    return JSON.parse(value);
  }

  /** The answer to one command, {error} included. Commands run one after another. */
  async ask(command) {
    const mine = this.turn.then(() => {
      this.process.stdin.write(JSON.stringify(command) + '\n');
      return this.#line();
    });
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** The answer of a command that must go well. */
  async do(command) {
    const answer = await this.ask(command);
    if (answer.error) throw new Error(`${command.op}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  /** A webhook as it came: { method, url, headers: [[name, value]] or object, body: string | Buffer }. */
  async webhook(slot, op, { method = 'POST', url, headers = {}, body = '' }) {
    return this.ask({ slot, op, method, url, headers, bodyBase64: Buffer.from(body).toString('base64') });
  }

  async stop() {
    this.process.stdin.end();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    const end = await this.ended;
    clearTimeout(timer);
    fs.rmSync(this.folder, { recursive: true, force: true });
    return end;
  }
}
