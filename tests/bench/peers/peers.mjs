// The servers that are measured: how each starts, its wire, and what each operation is on it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSession, post } from './rpc.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, 'node_modules');
const echo = { method: 'tools/call', params: { name: 'echo', arguments: { message: 'hello' } } };
const list = { method: 'tools/list' };
const ping = { method: 'ping' };

const goBinary = (name) => {
  const platform = `${name}-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return path.join(modules, platform, 'bin', platform);
};

// kubernetes-mcp-server names no file when its tool shows this configuration, and nothing listens
// at the cluster's address.
const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {token: none}}]
current-context: none
`;
const slack = { SLACK_MCP_XOXP_TOKEN: 'demo', SLACK_MCP_XOXC_TOKEN: 'demo', SLACK_MCP_XOXD_TOKEN: 'demo', SLACK_MCP_HOST: '127.0.0.1', SLACK_MCP_LOG_LEVEL: 'fatal' };
// The only tool that answers without asking Slack: in demo mode it says that its cache is not filled.
const channels = { method: 'tools/call', params: { name: 'channels_list', arguments: { channel_types: 'public_channel' } } };

/**
 * `wire`: modern, legacy (one session per connection), sse. `command(port, folder)` starts it.
 * `streams` is false where there are none or they are another row's: idle streams leave it out.
 */
export const peers = [
  { name: 'go-sdk 1.8 (kubernetes-mcp-server)', wire: 'legacy', operations: { ping, list, tool: { method: 'tools/call', params: { name: 'configuration_view', arguments: {} } } },
    command: (port, folder) => {
      fs.writeFileSync(path.join(folder, 'kubeconfig'), kubeconfig);
      return [goBinary('kubernetes-mcp-server'), ['--port', port, '--bind-address', '127.0.0.1', '--kubeconfig', path.join(folder, 'kubeconfig'), '--log-level', '0']];
    } },
  { name: 'mcp-go 0.44 (slack-mcp-server)', wire: 'legacy', operations: { ping, list, tool: channels }, errorIsAnswer: true,
    command: (port) => [goBinary('slack-mcp-server'), ['-t', 'http'], { ...slack, SLACK_MCP_PORT: port }] },
  { name: 'mcp-go 0.44, /sse', wire: 'sse', operations: { ping, list, tool: channels }, errorIsAnswer: true,
    command: (port) => [goBinary('slack-mcp-server'), ['-t', 'sse'], { ...slack, SLACK_MCP_PORT: port }] },
  { name: 'TypeScript SDK 1.32', wire: 'legacy', operations: { ping, list, tool: echo },
    command: (port) => [process.execPath, [path.join(here, 'servers/echo-v1.mjs')], { PORT: port }] },
  { name: 'TypeScript SDK 2.4, 2026-07-28', wire: 'modern', operations: { list, tool: echo },
    command: (port) => [process.execPath, [path.join(here, 'servers/echo-v2.mjs')], { PORT: port }] },
  { name: 'TypeScript SDK 2.4, 2025-11-25', wire: 'legacy', operations: { ping, list, tool: echo }, streams: false,
    command: (port) => [process.execPath, [path.join(here, 'servers/echo-v2.mjs')], { PORT: port }] },
  { name: 'server-everything 2026.8', wire: 'legacy', operations: { ping, list, tool: echo }, streams: false,
    command: (port) => [process.execPath, ['--import', path.join(here, 'servers/loopback.mjs'),
      path.join(modules, '@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'], { PORT: port }] },
];

/** A started peer: {name, wire, operations, port, headers, pid(), stop()}. */
export async function startPeer(peer, port) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-peer-'));
  const [program, argumentsOf, environment = {}] = peer.command(String(port), folder);
  // HOME is the folder: none of them shall find a configuration or leave a cache.
  const child = spawn(program, argumentsOf, { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder, NODE_ENV: 'production', ...environment } });
  let ended;
  child.once('error', (error) => { ended = error.message; }).once('exit', (code, signal) => { ended = `exit ${code ?? signal}`; });
  for (let tries = 0; ; ++tries) {
    try {
      await (peer.wire === 'sse' ? post(port, '/nothing', {}, {}) : openSession(port, {}).catch((error) => { if (peer.wire === 'legacy' || error.code) throw error; }));
      break;
    } catch (error) {
      if (ended || tries > 100) throw new Error(`${peer.name} did not start: ${ended ?? error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { ...peer, port, headers: {}, pid: child.pid, postPath: '/mcp', ssePath: '/sse', stop: async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (!ended) { child.kill('SIGKILL'); await gone; }
    fs.rmSync(folder, { recursive: true, force: true });
  } };
}
