// Input nobody should send. Each case: an error in the protocol's own terms, nothing at the vendor,
// and the server answers the next honest call.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { callModern, modern, postRaw, envelope, MODERN, ToolError } from './lib/client.mjs';

describe('hostile input', () => {
  let world;
  let agent;
  let sentBefore;
  before(async () => { world = await World.start(); agent = await world.agent(); sentBefore = world.twilio.sent().length; });
  after(() => world?.dispose());
  afterEach(async () => {
    const ping = await callModern(world.server, agent.token, 'comms_ping', { message: 'alive' });
    assert.equal(ping.status, 'ok');
    assert.equal(world.twilio.sent().length, sentBefore, 'nothing reached the vendor');
  });

  const modernHeaders = (method, name) => ({ 'mcp-protocol-version': MODERN, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) });
  const send = (args) => callModern(world.server, agent.token, 'comms_send_message', { channel: 'sms', to: personUs(400), body: 'x', ...args });
  const refused = (e) => e instanceof ToolError;
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'comms_ping', arguments: {}, _meta: envelope() } });

  for (const [name, body] of Object.entries({
    'no JSON': '{"jsonrpc":', 'empty body': '', 'a number': '7', 'an empty object': '{}', 'an empty batch': '[]', 'null': 'null',
    'wrong version': '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'method is a number': '{"jsonrpc":"2.0","id":1,"method":5}',
    'params is a string': '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"x"}', 'id is an object': '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    'trailing bytes': call + 'x', 'duplicate keys': '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
    'a NUL byte': '{"jsonrpc":"2.0","id":1,"method":"pi\u0000ng"}',
  })) {
    test(`JSON-RPC: ${name}`, async () => {
      const answer = await postRaw(world.server, agent.token, body, modernHeaders('tools/call', 'comms_ping'));
      assert.ok(answer.status >= 400 && answer.status < 500, `HTTP ${answer.status} ${answer.text.slice(0, 200)}`);
    });
  }

  test('invalid UTF-8', async () => {
    const body = Buffer.concat([Buffer.from(call.slice(0, -4)), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from(call.slice(-4))]);
    assert.equal((await postRaw(world.server, agent.token, body, modernHeaders('tools/call', 'comms_ping'))).status, 400);
  });

  test('nested 10,000 deep, in the envelope and in the arguments', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    for (const body of [deep, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"comms_ping","arguments":{"message":${deep}}}}`, '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)]) {
      const answer = await postRaw(world.server, agent.token, body, modernHeaders('tools/call', 'comms_ping'));
      assert.ok(answer.status >= 400 && answer.status < 500, `HTTP ${answer.status}`);
    }
  });

  test('a body of 10 MB', async () => {
    const body = call.replace('"arguments":{}', `"arguments":{"message":"${'a'.repeat(10 << 20)}"}`);
    // The server may cut the upload off before it is read; then fetch fails instead of answering.
    const answer = await postRaw(world.server, agent.token, body, modernHeaders('tools/call', 'comms_ping')).catch((error) => ({ status: 413, error }));
    assert.equal(answer.status, 413);
  });

  test('a body that is announced and never sent does not hold others', async () => {
    const socket = net.connect(world.server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nAuthorization: Bearer ${agent.token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`);
    assert.equal((await callModern(world.server, agent.token, 'comms_ping', {})).status, 'ok');
    socket.destroy();
  });

  for (const [name, head] of Object.entries({
    'two content lengths': 'Content-Length: 5\r\nContent-Length: 6',
    'length and chunked': 'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'unknown transfer coding': 'Transfer-Encoding: gzip, chunked',
    'bare line feed': 'X-A: b\nX-C: d',
    'NUL in a header': 'X-A: b\u0000c',
  })) {
    test(`HTTP: ${name} is refused and the connection closed`, async () => {
      const answer = await new Promise((resolve, reject) => {
        const socket = net.connect(world.server.port, '127.0.0.1', () => socket.end(`POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nAuthorization: Bearer ${agent.token}\r\n${head}\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n`));
        let text = '';
        socket.on('data', (d) => { text += d; });
        socket.on('close', () => resolve(text));
        socket.on('error', reject);
        socket.setTimeout(15_000, () => reject(new Error('no answer')));
      });
      assert.match(answer, /^HTTP\/1\.1 (400|501)/);
      assert.equal(answer.match(/HTTP\/1\.1 /g).length, 1, 'the rest is never taken for a request');
    });
  }

  for (const to of ['+1', '14155550100', '+1415555010a', '+999999999999999999', '', '+1 415 555 0100\r\nX: y', 'tel:+14155550100;ext=1', '+0123456789', '＋14155550100']) {
    test(`not E.164: ${JSON.stringify(to)}`, () => assert.rejects(send({ to }), refused));
  }
  for (const [name, args] of Object.entries({
    'no recipient': { to: undefined }, 'recipient is an object': { to: { a: 1 } }, 'empty body': { body: '' }, 'unknown channel': { channel: 'pigeon' },
    'body of 100 kB': { body: 'a'.repeat(100_000) }, 'media that is no URL': { mediaUrls: ['file:///etc/passwd'] }, 'media over http to this machine': { mediaUrls: ['http://127.0.0.1/a.jpg'] },
    'eleven media': { mediaUrls: [...Array(11)].map((_, i) => `https://media.example.com/${i}.jpg`) }, 'key of 10 kB': { idempotencyKey: 'k'.repeat(10_000) },
    'unknown field': { boddy: 'x' },
  })) {
    test(`tool arguments: ${name}`, () => assert.rejects(send(args), refused));
  }
  test('oversized attachment', () => assert.rejects(callModern(world.server, agent.token, 'comms_send_message', {
    channel: 'email', to: 'a@example.com', subject: 's', body: 'b', attachments: [{ filename: 'a.bin', contentType: 'application/octet-stream', contentBase64: Buffer.alloc(30 << 20).toString('base64') }] })));

  test('unknown tool, unknown agent, unknown message', async () => {
    await assert.rejects(callModern(world.server, agent.token, 'comms_no_such_tool', {}), refused);
    await assert.rejects(callModern(world.server, world.adminToken, 'comms_send_message', { agentId: 'nobody', channel: 'sms', to: personUs(401), body: 'x' }), refused);
    await assert.rejects(callModern(world.server, agent.token, 'comms_get_message', { messageId: 'nothing' }), refused);
    await assert.rejects(callModern(world.server, agent.token, 'comms_get_message', { messageId: "' OR 1=1 --" }), refused);
  });

  test('no token, wrong token, token in the query', async () => {
    for (const [token, query] of [[null, ''], ['cmd_live_' + 'a'.repeat(40), ''], ['', ''], [null, `?token=${agent.token}`]]) {
      const response = await fetch(`${world.server.url}/mcp${query}`, { method: 'POST', body: call, headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...modernHeaders('tools/call', 'comms_ping'), ...(token === null ? {} : { authorization: `Bearer ${token}` }) } });
      await response.arrayBuffer();
      assert.equal(response.status, 401);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
    }
  });

  test('foreign Origin and foreign Host are turned away', async () => {
    const origin = await modern(world.server, agent.token, 'tools/list', {}, { headers: { origin: 'https://evil.example.com' } });
    assert.equal(origin.status, 403);
    const host = await new Promise((resolve, reject) => {
      const socket = net.connect(world.server.port, '127.0.0.1', () => socket.write(`POST /mcp HTTP/1.1\r\nHost: evil.example.com\r\nAuthorization: Bearer ${agent.token}\r\nContent-Length: ${call.length}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${call}`));
      let text = '';
      socket.on('data', (d) => { text += d; });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    assert.match(host, /^HTTP\/1\.1 4\d\d/);
  });

  test('webhooks: unknown agent, no form, a JSON bomb, a huge field', async () => {
    const unknown = await world.twilio.inbound(`${world.server.url}/webhooks/nobody/sms`, { from: personUs(402), to: agent.phone, body: 'x' });
    assert.ok([200, 404].includes(unknown.status), `HTTP ${unknown.status}`);
    for (const [body, type] of [['', 'application/x-www-form-urlencoded'], ['[' .repeat(100_000), 'application/json'], ['a=' + 'b'.repeat(5 << 20), 'application/x-www-form-urlencoded'], ['%zz=%', 'application/x-www-form-urlencoded']]) {
      const response = await fetch(agent.hook('sms'), { method: 'POST', body, headers: { 'content-type': type } }).catch(() => ({ status: 413, arrayBuffer: async () => {} }));
      await response.arrayBuffer();
      assert.ok(response.status >= 400 && response.status < 500, `HTTP ${response.status}`);
    }
    const nowhere = await fetch(`${world.server.url}/webhooks/${agent.id}/carrier-pigeon`, { method: 'POST', body: 'x' });
    await nowhere.arrayBuffer();
    assert.equal(nowhere.status, 404);
  });

  test('nothing of the above is in the log: no token, no number', () => {
    const log = world.server.log();
    assert.ok(!log.includes(agent.token), 'token');
    assert.ok(!log.includes(agent.phone), 'number');
    assert.ok(!log.includes(world.twilio.account.authToken), 'vendor credential');
  });
});
