// A Convex backend for functions, as far as one is to be had: convex-test, Convex's own emulator, behind the HTTP
// API that its documentation and its backend's source have (docs "Public HTTP API"; crates/local_backend,
// public_api.rs and authentication.rs). The provider's functions run in it as `convex deploy` bundles them,
// SQLite's WebAssembly included. It holds every call to the limits of the documentation's page "Limits" and
// of crates/value; what is not so in a request is refused and noted in `refusals`: no test may leave one behind.
//
// Not as the real one: functions run one after another, so there are no conflicts but those that a test asks for,
// their time is counted and not limited, and memory is not limited.
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { convexTest } from 'convex-test';
import { makeFunctionReference } from 'convex/server';
import { convexToJson, getConvexSize, jsonToConvex } from 'convex/values';

const run = promisify(execFile);
// V8 has it behind a flag, which Convex's runtime sets (crates/isolate, client.rs) and its bundler counts on.
Uint8Array.fromBase64 ??= (text) => new Uint8Array(Buffer.from(text, 'base64'));

const MiB = 1 << 20;
export const limits = { arguments: 16 * MiB, result: 16 * MiB, body: 16 * MiB + 2000, array: 8192, fields: 1024, nesting: 16, code: 32 * MiB };
const functions = path.resolve(import.meta.dirname, '../../plugins/convex/functions');
const tests = path.resolve(import.meta.dirname, '..');

let bundled;
/** The functions as they are deployed, bundled by Convex's own command without the way to a server: {store, schema, size and text of the code}. */
export function deployed() {
  bundled ??= (async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-convex-'));
    try {
      fs.cpSync(functions, folder, { recursive: true, filter: (file) => !file.includes('node_modules') });
      fs.symlinkSync(path.join(tests, 'node_modules'), path.join(folder, 'node_modules'));
      const { writeEngine } = await import(pathToFileURL(path.join(functions, 'engine.mjs')));
      writeEngine(path.join(folder, 'convex'), createRequire(import.meta.url));
      const command = [path.join(tests, 'node_modules/convex/bin/main.js'), 'deploy', '--typecheck', 'disable', '--codegen', 'disable', '--debug-bundle-path', path.join(folder, 'bundle')];
      await run(process.execPath, command, { cwd: folder, env: { ...process.env, HOME: folder, CONVEX_SELF_HOSTED_URL: 'http://127.0.0.1:9', CONVEX_SELF_HOSTED_ADMIN_KEY: 'none|00' } });
      const code = path.join(folder, 'bundle/isolate');
      fs.writeFileSync(path.join(code, 'package.json'), '{"type":"module"}');
      const files = fs.readdirSync(code, { recursive: true }).filter((file) => file.endsWith('.js')).map((file) => fs.readFileSync(path.join(code, file), 'utf8'));
      const store = await import(pathToFileURL(path.join(code, 'store.js')));
      const schema = await import(pathToFileURL(path.join(folder, 'convex/schema.js')));
      return { store, schema: schema.default, text: files.join('\n'), size: files.reduce((size, text) => size + Buffer.byteLength(text), 0) };
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  })();
  return bundled;
}

/** A request that the documents do not allow. */
class Refused extends Error {
  constructor(status, code, message) { super(message); Object.assign(this, { status, code }); }
}

function checkValue(value, depth = 0) {
  if (depth > limits.nesting) throw new Error(`Value is too deeply nested (maximum nesting ${limits.nesting})`);
  if (Array.isArray(value)) {
    if (value.length > limits.array) throw new Error(`Array length is too long (${value.length} > maximum length ${limits.array})`);
    for (const one of value) checkValue(one, depth + 1);
  } else if (value && typeof value === 'object' && !(value instanceof ArrayBuffer)) {
    const fields = Object.values(value);
    if (fields.length > limits.fields) throw new Error(`Object has too many fields (${fields.length} > maximum number ${limits.fields})`);
    for (const one of fields) checkValue(one, depth + 1);
  }
}

export class Convex {
  constructor({ deployKey }) {
    Object.assign(this, { deployKey, deployments: new Map(), requests: [], refusals: [], faults: [], calls: [] });
  }

  async listen(port = 0) {
    this.code = await deployed();
    this.server = http.createServer((request, response) => this.#answer(request, response));
    this.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What happens to the next request whose body has `when` in it; #answer has the kinds, and 'none' lets one pass. */
  fault(kind, { when = '', times = 1, ...more } = {}) { for (let n = 0; n < times; n++) this.faults.push({ kind, when, ...more }); }

  /** The deployment at URL/NAME: one for each name, as a deployment has one database. */
  deployment(name = '') {
    if (!this.deployments.has(name)) {
      this.deployments.set(name, convexTest({ schema: this.code.schema, modules: { './_generated/api.js': async () => ({}), './store.js': async () => this.code.store }, transactionLimits: true }));
    }
    return this.deployments.get(name);
  }

  /** The documents of a deployment, as its dashboard shows them. */
  async documents(name) {
    const all = [];
    for (let from = 0; ; from += 500) { // in parts, because the limits hold for this too
      const part = await this.deployment(name).run((ctx) => ctx.db.query('commsd_pages').withIndex('by_number', (range) => range.gte('number', from).lt('number', from + 500)).collect());
      if (part.length === 0) return all;
      all.push(...part);
    }
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { pathname } = new URL(request.url, this.url);
    const [, name, kind] = /^(?:\/([a-z0-9_-]+))?\/api\/(query|mutation)$/.exec(pathname) ?? [];
    this.requests.push({ path: pathname, authorization: request.headers.authorization, text });

    const at = this.faults.findIndex((fault) => text.includes(fault.when));
    const fault = at >= 0 ? this.faults.splice(at, 1)[0] : {};
    if (fault.kind === 'unsent') return request.socket.destroy(); // before anything was done
    if (fault.kind === 'hang') return undefined;
    if (fault.kind === 'status') return response.writeHead(fault.status, { 'content-type': fault.type ?? 'application/json' }).end(fault.body ?? '');
    if (fault.kind === 'conflict') return json(503, { code: 'OptimisticConcurrencyControlFailure', message: 'Documents read from or written to the "commsd_pages" table changed while this mutation was being run and on every subsequent retry.' });
    if (!kind || request.method !== 'POST') return json(404, { code: 'NotFound', message: 'Not found' });
    try {
      const answer = await this.#call({ name, kind, text, request });
      if (fault.kind === 'unanswered') return request.socket.destroy(); // all of it was done
      if (fault.kind === 'cut') { response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1 << 20 }).write('{"status":"succ'); return setTimeout(() => request.socket.destroy(), 50); }
      return json(200, answer);
    } catch (error) {
      if (!(error instanceof Refused)) { this.refusals.push(String(error)); return json(500, { code: 'InternalServerError', message: "Your request couldn't be completed. Try again later." }); }
      if (![403, 413].includes(error.status)) this.refusals.push(error.message);
      return json(error.status, { code: error.code, message: error.message });
    }
  }

  async #call({ name, kind, text, request }) {
    const authorization = request.headers.authorization ?? '';
    if (authorization && !/^convex .+/i.test(authorization)) throw new Refused(400, 'InvalidAdminKey', 'Invalid admin key');
    if (authorization && authorization.slice(7) !== this.deployKey) throw new Refused(403, 'BadDeployKey', 'The provided deploy key was invalid for this deployment.');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Refused(400, 'BadJsonBody', 'Expected request with `Content-Type: application/json`');
    if (Buffer.byteLength(text) > limits.body) throw new Refused(413, 'BadJsonBody', 'length limit exceeded');
    const body = this.#body(text);
    const [, module, member] = /^([\w/]+?)(?:\.js)?:(\w+)$/.exec(body.path) ?? [];
    const callee = module === 'store' ? this.code.store[member] : undefined;
    if (!callee || (callee.isInternal && !authorization)) return { status: 'error', errorMessage: `Could not find public function for '${body.path}'.` };
    if (kind === 'query' ? !callee.isQuery : !callee.isMutation) throw new Refused(400, 'WrongFunctionType', `${body.path} is no ${kind}`);

    const begun = performance.now();
    try {
      const args = jsonToConvex(body.args);
      checkValue(args);
      if (getConvexSize(args) > limits.arguments) throw new Error(`Arguments for ${body.path} are too large (limit: 16 MiB)`);
      const result = await this.deployment(name)[kind](makeFunctionReference(body.path), args);
      checkValue(result);
      if (getConvexSize(result) > limits.result) throw new Error('Function return value is too large (limit: 16 MiB)');
      this.calls.push({ function: member, ms: performance.now() - begun, read: result.pagesRead, written: result.pagesWritten ?? 0, units: args.units?.length ?? 0 });
      return { status: 'success', value: convexToJson(result) };
    } catch (error) {
      // A production deployment tells the application's own errors only (crates/application, redaction.rs).
      const told = error.data === undefined ? {} : { errorData: convexToJson(error.data) };
      if (error.data === undefined) this.untold = error;
      return { status: 'error', errorMessage: `[Request ID: ${crypto.randomBytes(8).toString('hex')}] Server Error`, ...told };
    }
  }

  #body(text) {
    let body;
    try { body = JSON.parse(text); } catch (error) { throw new Refused(400, 'BadJsonBody', error.message); }
    for (const key of Object.keys(body)) if (!['path', 'args', 'format'].includes(key)) throw new Refused(400, 'BadJsonBody', `'${key}' is in no document`);
    if (Array.isArray(body.args) && body.args.length === 1) [body.args] = body.args; // as Convex's own client sends them
    if (typeof body.path !== 'string' || typeof body.args !== 'object' || Array.isArray(body.args) || !body.args) throw new Refused(400, 'BadJsonBody', "'path' is a text and 'args' an object");
    if (body.format !== 'convex_encoded_json') throw new Refused(400, 'BadFormat', "without the format of Convex's own clients, types are lost");
    return body;
  }
}

/** options: deployKey, port. */
export const startConvex = (options = {}) => new Convex({ deployKey: `prod:quiet-otter-123|${crypto.randomBytes(24).toString('base64')}`, ...options }).listen(options.port);
