// JSON-RPC over HTTP as much as the measurements need it: one call, one legacy session, one idle
// stream. Everything goes to 127.0.0.1.
import http from 'node:http';
import net from 'node:net';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
export const modern = '2026-07-28';
export const legacy = '2025-11-25';
const meta = { 'io.modelcontextprotocol/protocolVersion': modern, 'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' } };

export const jsonHeaders = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** The message of `operation` = {method, params} on `wire`, without its id. */
export function messageOf({ method, params }, wire) {
  if (wire === 'modern') return { jsonrpc: '2.0', method, params: { ...params, _meta: meta } };
  return params ? { jsonrpc: '2.0', method, params } : { jsonrpc: '2.0', method };
}
export function wireHeaders({ method, params }, wire, session) {
  if (wire === 'modern') {
    return { 'MCP-Protocol-Version': modern, 'Mcp-Method': method, ...(params?.name ? { 'Mcp-Name': params.name } : {}) };
  }
  return wire === 'legacy' ? { 'MCP-Protocol-Version': legacy, ...(session ? { 'Mcp-Session-Id': session } : {}) } : {};
}

export function post(port, path, headers, message) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(message);
    const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent,
      headers: { ...jsonHeaders, 'Content-Length': Buffer.byteLength(body), ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => { text += part; }).on('error', reject).on('end', () => {
        const json = text.startsWith('{') ? text : /^data: ?(\{.*)$/m.exec(text)?.[1];
        resolve({ status: response.statusCode, headers: response.headers, text, message: json && JSON.parse(json) });
      });
    });
    request.setTimeout(20_000, () => request.destroy(new Error('no answer within 20 s')));
    request.on('error', reject).end(body);
  });
}

/** Opens a legacy session on /mcp and returns its id, undefined where the server keeps none. */
export async function openSession(port, headers) {
  const opened = await post(port, '/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'initialize',
    params: { protocolVersion: legacy, capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } } });
  if (opened.status !== 200 || !opened.message?.result) throw new Error(`initialize: HTTP ${opened.status} ${opened.text.slice(0, 300)}`);
  const session = opened.headers['mcp-session-id'];
  await post(port, '/mcp', { ...headers, ...wireHeaders({}, 'legacy', session) }, { jsonrpc: '2.0', method: 'notifications/initialized' });
  return session;
}

/** Opens one event stream; resolves once its head (and `first`, if given) has arrived. */
export function openStream(port, method, path, headers, { body, first = '\r\n\r\n' } = {}) {
  return new Promise((resolve, reject) => {
    const fields = { Host: `127.0.0.1:${port}`, Accept: 'text/event-stream', ...headers, ...(body ? { 'Content-Length': Buffer.byteLength(body) } : {}) };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`));
    let seen = '';
    const receive = (data) => {
      seen += data;
      if (!seen.includes(first)) return;
      socket.off('data', receive);
      if (!/^HTTP\/1\.1 200 /.test(seen)) return void socket.destroy();
      socket.removeAllListeners('close').resume();
      resolve({ socket, seen });
    };
    socket.on('data', receive).on('error', () => {});
    socket.once('close', () => reject(new Error(`a stream was refused: ${seen.slice(0, 300)}`)));
    socket.setTimeout(0);
  });
}

/** Counts the messages that arrive on a stream. */
export function countMessages(socket, counter) {
  let tail = '';
  socket.on('data', (data) => {
    const text = tail + data.toString('latin1');
    let at = 0;
    let after = 0;
    while ((at = text.indexOf('"jsonrpc"', at)) >= 0) { counter.messages++; at += 9; after = at; }
    tail = text.slice(Math.max(after, text.length - 8));
  });
}
