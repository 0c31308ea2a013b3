// The wires of MCP by hand: every message the server sends is kept as it came, with the method it
// answers. No SDK stands between, which would hide or mend what is wrong.
import { bearer, envelope, MODERN } from './client.mjs';

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
/** What a client of that version can declare. */
const capabilitiesOf = (version) => ({ sampling: {}, roots: {}, ...(version >= '2025-06-18' ? { elicitation: {} } : {}) });

/** The events of a text/event-stream, until it ends or is cancelled. */
export async function* events(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true }).replaceAll('\r\n', '\n');
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { event: 'message', data: undefined, id: undefined };
      for (const line of text.slice(0, end).split('\n')) {
        const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
        if (field === 'data') event.data = event.data === undefined ? value : `${event.data}\n${value}`;
        else if (field) event[field] = value;
      }
      if (event.data !== undefined || event.retry !== undefined) yield event;
    }
  }
}

/** What a user would answer to a question of the server: yes, and something of the right type. */
export function answerTo({ method, params }) {
  if (method === 'roots/list') return { roots: [{ uri: 'file:///suite', name: 'suite' }] };
  if (method === 'sampling/createMessage') return { role: 'assistant', content: { type: 'text', text: 'suite' }, model: 'suite', stopReason: 'endTurn' };
  const value = (p) => p.default ?? p.enum?.[0] ?? p.oneOf?.[0]?.const ?? ({ boolean: true, integer: 1, number: 1, array: [] }[p.type] ?? 'suite');
  return { action: 'accept', content: Object.fromEntries(Object.entries(params.requestedSchema?.properties ?? {}).map(([k, p]) => [k, p.type === 'boolean' ? true : value(p)])) };
}

class Wire {
  constructor(server, token, version) { Object.assign(this, { server, token, version, received: [], nextId: 1, waiting: new Map() }); }
  /** Keeps a message; hands it to whoever waits for its id. Answers the server's own requests. */
  take(message, method) {
    this.received.push({ message, method });
    if (message.method && 'id' in message) void this.post({ jsonrpc: '2.0', id: message.id, result: answerTo(message) });
    if (!message.method) { this.waiting.get(message.id)?.(message); this.waiting.delete(message.id); }
  }
  /** Reads all of a POST's answer, JSON or stream. */
  async read(response, method) {
    if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
      for await (const event of events(response.body)) if (event.data) this.take(JSON.parse(event.data), method);
    } else {
      const text = await response.text();
      if (text) this.take(JSON.parse(text), method);
    }
  }
}

/** 2026-07-28: no session; questions end the call and are answered by calling again. */
export class ModernWire extends Wire {
  static async open(server, token, version = MODERN) { return new ModernWire(server, token, version); }
  headers(method, params) {
    const name = params?.name ?? params?.uri ?? params?.taskId;
    return { ...json, ...bearer(this.token), 'mcp-protocol-version': this.version, 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) };
  }
  fetch(method, params = {}, { id = this.nextId++, signal } = {}) {
    const _meta = envelope({ 'io.modelcontextprotocol/clientCapabilities': { ...capabilitiesOf(this.version), ...this.extensions }, 'io.modelcontextprotocol/logLevel': 'debug', ...params._meta });
    return fetch(`${this.server.url}/mcp`, { method: 'POST', signal, headers: this.headers(method, params), body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } }) });
  }
  async request(method, params = {}) {
    for (let round = 0; round < 5; round++) {
      const id = this.nextId++;
      const answer = new Promise((resolve) => this.waiting.set(id, resolve));
      await this.read(await this.fetch(method, params, { id }), method);
      const message = await Promise.race([answer, Promise.resolve(undefined)]);
      if (message?.result?.resultType !== 'input_required') return message;
      const inputResponses = Object.fromEntries(Object.entries(message.result.inputRequests ?? {}).map(([key, question]) => [key, answerTo(question)]));
      params = { ...params, inputResponses, requestState: message.result.requestState };
    }
    throw new Error(`${method}: asked again and again`);
  }
  async close() {}
}

/** 2025-03-26 to 2025-11-25: a session, its stream by GET, calls answered by JSON or a stream. */
export class LegacyWire extends Wire {
  static async open(server, token, version) {
    const wire = new LegacyWire(server, token, version);
    const response = await wire.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: version, capabilities: capabilitiesOf(version), clientInfo: { name: 'commsd-suite', version: '1.0.0' } } });
    wire.session = response.headers.get('mcp-session-id');
    await wire.read(response, 'initialize');
    await (await wire.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).arrayBuffer();
    wire.ended = new AbortController();
    const stream = await fetch(`${server.url}/mcp`, { headers: { ...wire.headers(), accept: 'text/event-stream' }, signal: wire.ended.signal });
    wire.listening = (async () => { for await (const event of events(stream.body)) if (event.data) wire.take(JSON.parse(event.data)); })().catch(() => {});
    return wire;
  }
  headers() { return { ...json, ...bearer(this.token), ...(this.session ? { 'mcp-session-id': this.session, 'mcp-protocol-version': this.version } : {}) }; }
  post(message) { return fetch(`${this.server.url}/mcp`, { method: 'POST', headers: this.headers(), body: JSON.stringify(message) }); }
  async request(method, params = {}, id = this.nextId++) {
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    await this.read(await this.post({ jsonrpc: '2.0', id, method, params }), method);
    return Promise.race([answer, Promise.resolve(undefined)]);
  }
  async close() {
    await (await fetch(`${this.server.url}/mcp`, { method: 'DELETE', headers: this.headers() })).arrayBuffer();
    this.ended.abort();
    await this.listening;
  }
}

/** 2024-11-05: one stream for everything, POSTs that are only acknowledged. */
export class SseWire extends Wire {
  static async open(server, token, version) {
    const wire = new SseWire(server, token, version);
    wire.ended = new AbortController();
    const stream = await fetch(`${server.url}/sse`, { headers: { ...bearer(token), accept: 'text/event-stream' }, signal: wire.ended.signal });
    const all = events(stream.body);
    const { value: first } = await all.next();
    if (first?.event !== 'endpoint') throw new Error(`the first event is ${JSON.stringify(first)}`);
    wire.endpoint = new URL(first.data, server.url);
    wire.methods = new Map();
    wire.listening = (async () => {
      for await (const event of all) {
        if (!event.data) continue;
        const message = JSON.parse(event.data);
        wire.take(message, wire.methods.get(message.id));
      }
    })().catch(() => {});
    await wire.request('initialize', { protocolVersion: version, capabilities: capabilitiesOf(version), clientInfo: { name: 'commsd-suite', version: '1.0.0' } });
    await wire.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return wire;
  }
  post(message) { return fetch(this.endpoint, { method: 'POST', headers: { ...json, ...bearer(this.token) }, body: JSON.stringify(message) }).then((r) => r.arrayBuffer()); }
  async request(method, params = {}) {
    const id = this.nextId++;
    this.methods.set(id, method);
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    await this.post({ jsonrpc: '2.0', id, method, params });
    return Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error(`${method}: no answer`)), 30_000).unref())]);
  }
  async close() { this.ended.abort(); await this.listening; }
}
