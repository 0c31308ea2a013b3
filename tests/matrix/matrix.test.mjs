// Other people's clients against the real server, each asked for the list of tools and one call: the
// official SDKs, and programs of their own (mcp-remote as a stdio bridge, MCP Inspector's command
// line), used the way their manuals say, with the token as a header.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as sdk2 from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { World } from '../e2e/lib/world.mjs';
import { bearer, MODERN, unwrap } from '../e2e/lib/client.mjs';
import { control } from '../e2e/lib/server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

describe('client matrix', () => {
  let world;
  let agent;
  let home;
  before(async () => {
    world = await World.start();
    agent = await world.agent();
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-matrix-')); // mcp-remote keeps state in $HOME
  });
  after(async () => {
    await world?.dispose();
    if (home) fs.rmSync(home, { recursive: true, force: true });
  });

  async function listAndCall(client, transport, name) {
    await client.connect(transport);
    try {
      assert.ok((await client.listTools()).tools.some((t) => t.name === 'comms_send_message'));
      assert.equal(unwrap(await client.callTool({ name: 'comms_ping', arguments: { message: name } })).echo, name);
    } finally { await client.close(); }
  }
  const self = { name: 'commsd-matrix', version: '1.0.0' };
  const overStdio = (command, args, name) => listAndCall(new Client(self), new StdioClientTransport({ command, args, stderr: 'ignore', env: { ...process.env, HOME: home, MCP_REMOTE_CONFIG_DIR: home } }), name);

  /** The SDKs give the token to POSTs only; their manuals add it to the stream's GET like this. */
  const overSse = (Transport) => {
    const headers = bearer(agent.token);
    return new Transport(new URL(`${world.server.url}/sse`), { requestInit: { headers }, eventSourceInit: { fetch: (url, init) => fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } }) } });
  };
  const overHttp = (Transport) => new Transport(new URL(`${world.server.url}/mcp`), { requestInit: { headers: bearer(agent.token) } });

  test('SDK v1, streamable HTTP', { timeout: 30_000 }, () => listAndCall(new Client(self), overHttp(StreamableHTTPClientTransport), 'v1 http'));
  test('SDK v1, SSE', { timeout: 30_000 }, () => listAndCall(new Client(self), overSse(SSEClientTransport), 'v1 sse'));
  for (const [name, options] of Object.entries({ default: undefined, auto: { versionNegotiation: { mode: 'auto' } }, pinned: { versionNegotiation: { mode: { pin: MODERN } } } })) {
    test(`SDK v2, streamable HTTP, ${name}`, { timeout: 30_000 }, () => listAndCall(new sdk2.Client(self, options), overHttp(sdk2.StreamableHTTPClientTransport), `v2 ${name}`));
  }
  test('SDK v2, SSE', { timeout: 30_000 }, () => listAndCall(new sdk2.Client(self), overSse(sdk2.SSEClientTransport), 'v2 sse'));

  const remote = JSON.parse(fs.readFileSync(path.join(here, 'node_modules/mcp-remote/package.json'), 'utf8'));
  for (const [strategy, route] of [['http-first', '/mcp'], ['sse-only', '/sse']]) {
    test(`mcp-remote ${remote.version}, ${strategy}`, { timeout: 60_000 }, () => overStdio(process.execPath,
      [path.join(here, 'node_modules/mcp-remote', remote.bin['mcp-remote']), `${world.server.url}${route}`, '--transport', strategy, '--allow-http', '--header', `Authorization: Bearer ${agent.token}`], strategy));
  }
  test('commsctl mcp (stdio)', { timeout: 60_000 }, () => {
    const token = path.join(home, 'token');
    fs.writeFileSync(token, agent.token, { mode: 0o600 });
    return overStdio(control, ['mcp', '--url', `${world.server.url}/mcp`, '--token-file', token], 'stdio');
  });

  const inspectAs = (token, ...args) => new Promise((resolve) => {
    const child = execFile(process.execPath, [path.join(here, 'node_modules/.bin/mcp-inspector'), '--cli', ...args, '--header', `Authorization: Bearer ${token}`], { timeout: 60_000, env: { ...process.env, HOME: home }, maxBuffer: 8 << 20 },
      (error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }));
  });
  const inspect = (...args) => inspectAs(agent.token, ...args);
  for (const [transport, route, era] of [['http', '/mcp', 'legacy'], ['http', '/mcp', 'modern'], ['sse', '/sse', 'legacy']]) {
    test(`Inspector, ${transport} ${era}`, { timeout: 90_000 }, async () => {
      const target = [`${world.server.url}${route}`, '--transport', transport, '--protocol-era', era, '--format', 'json'];
      const listed = await inspect(...target, '--method', 'tools/list');
      assert.equal(listed.code, 0, listed.stderr.slice(-500));
      assert.match(listed.stdout, /comms_send_message/);
      const called = await inspect(...target, '--method', 'tools/call', '--tool-name', 'comms_ping', '--tool-arg', 'message=matrix');
      assert.equal(called.code, 0, called.stderr.slice(-500));
      assert.match(called.stdout, /matrix/);
    });
  }
  for (const role of ['agent', 'organization', 'orchestrator']) {
    test(`Inspector --strict: the tools' schemas are portable, as ${role}`, { timeout: 90_000 }, async () => {
      const token = { agent: agent.token, organization: world.adminToken }[role] ?? await world.server.token(role);
      const { code, stdout, stderr } = await inspectAs(token, `${world.server.url}/mcp`, '--transport', 'http', '--method', 'tools/list', '--strict');
      assert.equal(code, 0, (stdout + stderr).slice(-1500));
    });
  }
});
