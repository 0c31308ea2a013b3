// One commsd to measure, with an agent's token, as tests/bench/load starts it.
import { openSession, post, wireHeaders } from './rpc.mjs';

const { Server } = await import('../../e2e/lib/server.mjs');
const list = { method: 'tools/list' };
const ping = { method: 'ping' };
const tool = { method: 'tools/call', params: { name: 'comms_ping', arguments: { message: 'hello' } } };

export const wires = [
  { name: 'commsd, 2026-07-28', wire: 'modern', operations: { list, tool } },
  { name: 'commsd, 2025-11-25', wire: 'legacy', operations: { ping, list, tool } },
  { name: 'commsd, /sse', wire: 'sse', operations: { ping, list, tool } },
];

export async function startCommsd() {
  const server = await Server.prepare({ change: (config) => {
    config.compliance = { enforce: 'never' };
    config.server.limits = { connections: 18_000, connections_per_address: 18_000 };
    config.logging = { level: 'warn' };
    config.providers.database.config.path = 'commsd.db';
    for (const slot of ['telephony', 'whatsapp', 'email', 'tts', 'stt', 'voice']) config.providers[slot] = { use: 'sandbox' };
    config.providers.storage = { use: 'local', config: { root: 'media' } };
  } });
  try {
    await server.start();
    const created = await server.ctl('organizations', 'create', '--mode', 'production', '--json', 'Bench');
    await server.meetRequirements(created.id ?? created.organizationId);
    const admin = { Authorization: `Bearer ${await server.token('organization', '--organization', created.id ?? created.organizationId)}` };
    const session = await openSession(server.port, admin);
    const { message } = await post(server.port, '/mcp', { ...admin, ...wireHeaders({}, 'legacy', session) }, { jsonrpc: '2.0', id: 2, method: 'tools/call',
      params: { name: 'comms_provision_channels', arguments: { displayName: 'Bench', country: 'US', capabilities: { phone: true, whatsapp: false, email: false, voiceAi: false } } } });
    const token = message?.result?.structuredContent?.securityToken;
    if (!token) throw new Error(`no agent: ${JSON.stringify(message).slice(0, 800)}`);
    return { port: server.port, pid: server.child.pid, headers: { Authorization: `Bearer ${token}` }, postPath: '/mcp', ssePath: '/sse', stop: () => server.dispose() };
  } catch (error) {
    await server.dispose();
    throw error;
  }
}
