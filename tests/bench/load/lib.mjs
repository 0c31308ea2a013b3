// What the load drivers share: processes measured from outside, one run of wrk, a table, an agent.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));

const ticks = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return Number(fields[11]) + Number(fields[12]); // utime + stime in 1/100 s
};
const children = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
const cpuMicros = (pid) => [pid, ...children(pid)].reduce((sum, each) => sum + ticks(each) * 10_000, 0);
export const rssKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

export function print(columns) {
  const [name, ...rest] = columns;
  console.log(name.padEnd(34), ...rest.map((text) => String(text).padStart(13)));
}
const ms = (micros) => `${(micros / 1000).toFixed(2)} ms`;

/** One wrk run against `url`, with what process `pid` used meanwhile. */
export async function load(url, pid, connections, { token = '-', what = '-', wire = 'health', session = '-', class: messageClass = '-' } = {}, seconds = 5) {
  const prefix = `${what}-${Date.now()}`;
  const before = cpuMicros(pid);
  const { stdout } = await execute('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s',
    '-s', path.join(here, 'call.lua'), url, '--', token, what, wire, session, prefix, messageClass], { maxBuffer: 1 << 20 });
  const used = cpuMicros(pid) - before;
  const result = JSON.parse(/^RESULT (.*)$/m.exec(stdout)[1]);
  const refusal = /^REFUSAL (.*)$/m.exec(stdout)?.[1];
  if (result.refused > 0 || result.socket_errors > 0) {
    console.log(`  ! ${result.refused} refused, ${result.socket_errors} socket errors: ${refusal ?? ''}`);
  }
  return { ...result, rate: result.answered / (result.us / 1e6), cpu: used / result.requests };
}
export const columns = (r) => [`${r.rate.toFixed(0)}/s`, ms(r.p50), ms(r.p99), `${r.cpu.toFixed(1)} us`];

export async function post(server, token, headers, message) {
  const response = await fetch(`${server.url}/mcp`, { method: 'POST', body: JSON.stringify(message),
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${token}`, ...headers } });
  const text = await response.text();
  const json = text.startsWith('{') ? text : /^data: ?(\{.*)$/m.exec(text)?.[1];
  if (!response.ok || !json) throw new Error(`HTTP ${response.status} ${text.slice(0, 500)}`);
  return { headers: response.headers, message: JSON.parse(json) };
}

export async function legacySession(server, token) {
  const { headers } = await post(server, token, {}, { jsonrpc: '2.0', id: 1, method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'load', version: '1.0.0' } } });
  const session = headers.get('mcp-session-id');
  await fetch(`${server.url}/mcp`, { method: 'POST', body: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${token}`, 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } });
  return session;
}

export async function agentToken(server) {
  const created = await server.ctl('organizations', 'create', '--mode', 'production', '--json', 'Load');
  await server.meetRequirements(created.id ?? created.organizationId);
  const admin = await server.token('organization', '--organization', created.id ?? created.organizationId);
  const session = await legacySession(server, admin);
  const { message } = await post(server, admin, { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'comms_provision_channels', arguments: { displayName: 'Load', country: 'US', capabilities: { phone: true, whatsapp: false, email: false, voiceAi: false } } } });
  const provisioned = message.result?.structuredContent;
  if (!provisioned?.securityToken) throw new Error(`no agent: ${JSON.stringify(message).slice(0, 800)}`);
  return provisioned.securityToken;
}
