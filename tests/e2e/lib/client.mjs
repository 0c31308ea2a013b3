// How the suites talk to the server: the official SDK for what a real client does, and a raw caller
// for what no SDK would send and for load.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { Agent, request } from 'undici';

export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** An SDK client, connected; `call(name, args)` gives the structured result or throws ToolError. */
export async function connect(server, token, wire = 'http') {
  const client = new Client({ name: 'commsd-suite', version: '1.0.0' });
  const init = { requestInit: { headers: bearer(token) } };
  const transport = wire === 'sse'
    ? new SSEClientTransport(new URL(`${server.url}/sse`), { ...init, eventSourceInit: { fetch: (url, options) => fetch(url, { ...options, headers: { ...Object.fromEntries(new Headers(options?.headers)), ...bearer(token) } }) } })
    : new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), init);
  await client.connect(transport);
  client.call = async (name, args = {}, options = {}) => unwrap(await client.callTool({ name, arguments: args }, undefined, options));
  return client;
}

export class ToolError extends Error {
  constructor(document, text) { super(text); this.document = document; }
}

/** The JSON of a tool result; also holds the server to "structuredContent and the same JSON as text". */
export function unwrap(result) {
  const text = result.content?.find((c) => c.type === 'text')?.text ?? '';
  let document;
  try { document = JSON.parse(text); } catch { document = null; }
  if (result.isError) throw new ToolError(result.structuredContent ?? document, text);
  if (document === null) throw new Error(`tool result is not JSON: ${text.slice(0, 200)}`);
  return result.structuredContent ?? document;
}

export const MODERN = '2026-07-28';
export const envelope = (more = {}) => ({
  'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'commsd-suite', version: '1.0.0' }, ...more });

let nextId = 1;

/** A modern-wire request: no handshake, no session, everything in the request. */
export async function modern(server, token, method, params = {}, { headers = {}, meta, dispatcher, signal } = {}) {
  const name = params.name ?? params.uri ?? params.taskId;
  const response = await request(`${server.url}/mcp`, {
    method: 'POST', dispatcher, signal,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': MODERN, 'mcp-method': method,
      ...(name !== undefined ? { 'mcp-name': name } : {}), ...(token ? bearer(token) : {}), ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params: { ...params, _meta: meta === undefined ? envelope() : meta } }),
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, message: parseMessage(response.headers['content-type'] ?? '', text) };
}

/** The JSON-RPC answer out of a body that is either JSON or an SSE stream whose last message it is. */
export function parseMessage(type, text) {
  try {
    if (!type.startsWith('text/event-stream')) return JSON.parse(text);
    const data = text.split(/\r?\n\r?\n/).map((event) => event.split(/\r?\n/).filter((l) => l.startsWith('data:')).map((l) => l.slice(5).trim()).join('\n')).filter(Boolean);
    return JSON.parse(data[data.length - 1]);
  } catch { return null; }
}

/** Calls a tool on the modern wire; throws ToolError on isError and on JSON-RPC errors. */
export async function callModern(server, token, name, args, options) {
  const answer = await modern(server, token, 'tools/call', { name, arguments: args }, options);
  if (answer.message?.error) throw new ToolError(answer.message.error, `${answer.status} ${answer.message.error.message}`);
  if (!answer.message?.result) throw new Error(`no result: HTTP ${answer.status} ${answer.text.slice(0, 300)}`);
  return unwrap(answer.message.result);
}

export const keepAliveAgent = (connections = 64) => new Agent({ connections, keepAliveTimeout: 30_000, headersTimeout: 60_000, bodyTimeout: 60_000 });

/** POST of exact bytes to /mcp, for everything that is not a well-formed call. */
export async function postRaw(server, token, body, headers = {}) {
  const response = await fetch(`${server.url}/mcp`, { method: 'POST', body, headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...(token ? bearer(token) : {}), ...headers } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, message: parseMessage(response.headers.get('content-type') ?? '', text) };
}
