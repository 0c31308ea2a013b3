// One thread per agent and contact over every channel, mails that answer each other, and files: passed
// through from the vendor, or kept in object storage.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { bearer, ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

/** Where a vendor keeps files: anybody may read them who knows where they are. */
async function startFileStore() {
  const files = new Map();
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    const file = files.get(request.url);
    response.writeHead(file ? 200 : 404, file ? { 'content-type': file.type } : {});
    response.end(file?.bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, asked, put(name, type, bytes) { files.set(name, { type, bytes }); return url + name; }, remove: (name) => files.delete(name), stop: () => new Promise((resolve) => server.close(resolve)) };
}

describe('threads', () => {
  let world;
  let agent;
  let store;
  let secretStore; // on an address that the egress rules do not allow
  let storage;
  before(async () => {
    store = await startFileStore();
    secretStore = await startFileStore();
    world = await World.start({ change: (config, directory) => {
      storage = path.join(directory, 'objects');
      config.egress.allow.push(store.url);
      config.providers.storage = { use: 'local', config: { root: storage } };
      config.messaging = { max_media_bytes: 4096 };
    } });
    agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: true, voiceAi: true } });
  });
  after(async () => { await world?.dispose(); await store?.stop(); await secretStore?.stop(); });

  const rest = async (method, place, { token = agent.token, body } = {}) => {
    const response = await fetch(`${world.server.url}/api/v1${place}`, { method, headers: { ...bearer(token), ...(body ? { 'content-type': 'application/json' } : {}) }, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const waiting = async (channel) => (await agent.client.call('comms_get_waiting_messages', { channel, includeAcknowledged: true })).messages;
  const mail = (args) => agent.client.call('comms_send_message', { channel: 'email', to: 'guest@example.com', subject: 'Booking', body: 'See you at eight.', ...args });
  const headers = () => world.resend.sent().at(-1).mailHeaders;

  test('messages and calls with one contact are one thread, by resource and by REST', async () => {
    const contact = personUs(800);
    await world.twilio.inbound(agent.hook('sms'), { from: contact, to: agent.phone, body: 'a secret word' });
    const { messageId } = await agent.client.call('comms_send_message', { channel: 'sms', to: contact, body: 'another secret' });
    const call = await agent.client.call('comms_make_call', { to: contact, greeting: 'Hello.' });
    const [item] = await waiting('sms');
    // What an answer carried is acknowledged once the answer has left.
    const { status, body: thread } = await eventually(async () => {
      const answer = await rest('GET', `/threads/${item.threadId}`);
      return answer.body.entries?.some((e) => e.status === 'waiting') ? null : answer;
    }, 'the message is acknowledged');
    assert.equal(status, 200, JSON.stringify(thread));
    assert.equal(thread.contact, contact);
    assert.deepEqual(thread.entries.map((e) => [e.type, e.direction, e.channel]).sort(), [['call', 'outbound', 'voice'], ['message', 'inbound', 'sms'], ['message', 'outbound', 'sms']]);
    assert.deepEqual(new Set(thread.entries.map((e) => e.id)), new Set([item.id, messageId, call.callId]));
    assert.ok(!JSON.stringify(thread).includes('secret'), 'no text');
    const { contents } = await agent.client.readResource({ uri: thread.thread });
    assert.deepEqual(JSON.parse(contents[0].text), thread);
    for (const id of [messageId, call.callId]) assert.equal((await agent.client.call('comms_get_message', { messageId: id })).message.threadId, item.threadId);

    const page = (await rest('GET', `/threads/${item.threadId}?limit=2`)).body;
    const rest2 = (await rest('GET', `/threads/${item.threadId}?limit=2&before=${page.next}`)).body;
    assert.equal(page.entries.length + rest2.entries.length, 3);
    assert.equal(rest2.next, null);
    assert.equal((await rest('GET', '/threads/none')).status, 404);
    const other = await world.agent({ displayName: 'Other' });
    assert.equal((await rest('GET', `/threads/${item.threadId}`, { token: other.token })).status, 404);
  });

  test('addresses are linked by the agent, and what was given out before stays good', async () => {
    const contact = personUs(801);
    await world.twilio.inbound(agent.hook('sms'), { from: contact, to: agent.phone, body: 'hi' });
    await world.resend.inbound(agent.hook('email'), { from: 'Linked@Example.com', to: agent.email, subject: 'Hi', text: 'hi' });
    const bySms = (await waiting('sms')).at(-1).threadId;
    const byMail = (await waiting('email')).at(-1).threadId;
    assert.notEqual(bySms, byMail);
    const linked = await rest('POST', '/link-contact', { body: { addresses: [contact, 'linked@example.com'] } });
    assert.equal(linked.status, 200, JSON.stringify(linked.body));
    for (const id of [bySms, byMail, linked.body.threadId]) {
      const { body: thread } = await rest('GET', `/threads/${id}`);
      assert.equal(thread.threadId, linked.body.threadId);
      assert.deepEqual(thread.entries.map((e) => e.channel).sort(), ['email', 'sms']);
    }
    assert.equal((await waiting('email')).at(-1).threadId, linked.body.threadId);
    assert.equal((await rest('POST', '/link-contact', { body: { action: 'unlink', addresses: [contact] } })).status, 200);
    assert.equal((await rest('GET', `/threads/${bySms}`)).body.entries.length, 1);
  });

  test('mails name what they answer, and answers find their thread from any mailbox', async () => {
    const first = await mail();
    assert.equal(headers()['Message-ID'], `<${first.messageId}@agents.example.com>`);
    assert.equal(headers()['In-Reply-To'], undefined);
    await world.resend.inbound(agent.hook('email'), { from: 'somebody@elsewhere.example', to: agent.email, subject: 'Re: Booking', text: 'From my other mailbox', headers: { 'In-Reply-To': headers()['Message-ID'], References: headers()['Message-ID'] } });
    const answer = (await waiting('email')).at(-1);
    const { body: thread } = await rest('GET', `/threads/${answer.threadId}`);
    assert.equal(thread.contact, 'guest@example.com');
    assert.deepEqual(thread.entries.map((e) => e.id), [answer.id, first.messageId]);

    const reply = await mail({ inReplyTo: answer.id, subject: undefined, body: 'Good to know.' });
    assert.equal(reply.subject, 'Re: Booking');
    assert.match(headers()['In-Reply-To'], /^<[0-9a-f-]+@mail\.example\.com>$/);
    assert.equal(headers().References, `<${first.messageId}@agents.example.com> ${headers()['In-Reply-To']}`);
    assert.equal(world.resend.sent().at(-1).subject, 'Re: Booking');
    await assert.rejects(mail({ inReplyTo: 'in_none' }), (e) => e instanceof ToolError && e.document.error.code === 'not_found' && e.document.error.remedy.length > 0);
  });

  test('a received file is passed through, with the vendor\'s credentials on our side only', async () => {
    const bytes = Buffer.from('pretend picture');
    const url = world.twilio.mediaAt(store.put('/cat.png', 'image/png', bytes));
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(802), to: agent.phone, body: 'look', media: [{ url, type: 'image/png' }] });
    const item = (await waiting('sms')).at(-1);
    assert.ok(item.mediaUrl.startsWith(`${world.server.url}/media/inbound/`), item.mediaUrl);
    const response = await fetch(item.mediaUrl);
    assert.equal(response.status, 200);
    assert.equal(Buffer.from(await response.arrayBuffer()).toString(), bytes.toString());
    assert.equal(response.headers.get('content-type'), 'image/png');
    assert.match(response.headers.get('content-disposition'), /^attachment/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(store.asked.at(-1).authorization, undefined, 'no credentials where the vendor sends us');
    const head = await fetch(item.mediaUrl, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length'), (await head.arrayBuffer()).byteLength], [200, String(bytes.length), 0]);
    const part = await fetch(item.mediaUrl, { headers: { range: 'bytes=8-' } });
    assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, `bytes 8-${bytes.length - 1}/${bytes.length}`, 'picture']);
    const none = await fetch(item.mediaUrl, { headers: { range: 'bytes=99-' } });
    assert.deepEqual([none.status, none.headers.get('content-range')], [416, `bytes */${bytes.length}`]);
    assert.equal((await fetch(item.mediaUrl.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).status, 404, 'forged');
    assert.ok(!fs.existsSync(storage) || fs.readdirSync(storage, { recursive: true }).every((f) => !f.includes('media')), 'nothing is kept');
  });

  test('a redirect to a private address is not followed, and a large file is refused', async () => {
    const place = secretStore.put('/secret', 'text/plain', 'secret');
    const media = [{ url: world.twilio.mediaAt(place), type: 'image/png' }, { url: world.twilio.mediaAt(store.put('/big.png', 'image/png', Buffer.alloc(5000))), type: 'image/png' }];
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(803), to: agent.phone, body: 'look', media });
    const item = (await waiting('sms')).at(-1);
    const [secret, big] = await Promise.all(item.media.map((m) => fetch(m.url)));
    assert.ok(secret.status >= 400, `${secret.status}`);
    assert.equal(secretStore.asked.length, 0);
    assert.equal(big.status, 413);
  });

  test('files are kept for an agent that asks for it, within its quota, and go when switched', async () => {
    const place = `/agents/${agent.id}/media-storage`;
    const token = world.adminToken;
    const on = await rest('POST', place, { token, body: { persistent: true, quotaBytes: 20, retentionDays: 1 } });
    assert.equal(on.status, 200, JSON.stringify(on.body));
    const receive = async (name, text) => {
      const url = world.twilio.mediaAt(store.put(name, 'image/png', Buffer.from(text)));
      await world.twilio.inbound(agent.hook('sms'), { from: personUs(804), to: agent.phone, body: name, media: [{ url, type: 'image/png' }] });
      return (await waiting('sms')).at(-1);
    };
    const item = await receive('/kept.png', 'fifteen bytes..');
    const state = async () => (await rest('POST', place, { token, body: {} })).body;
    await eventually(async () => (await state()).stored === 1, 'the file is kept');
    assert.equal((await state()).usedBytes, 15);
    store.remove('/kept.png');
    const kept = await fetch((await waiting('sms')).find((m) => m.id === item.id).mediaUrl);
    assert.equal(kept.status, 200);
    assert.equal(await kept.text(), 'fifteen bytes..');
    const second = await receive('/second.png', 'ten bytes.');
    await eventually(async () => (await state()).failed === 1, 'the quota is full');
    assert.equal((await state()).usedBytes, 15);
    assert.equal((await fetch(second.mediaUrl)).status, 200, 'it is passed through all the same');
    assert.equal((await rest('POST', place, { body: { persistent: false } })).status, 403, 'not the agent itself');
  });

  test('a file that the channel does not carry is refused before anything is sent', async () => {
    const sent = world.twilio.sent().length;
    for (const mediaUrls of [['https://127.0.0.1/a.png'], ['https://10.0.0.1/a.png'], ['https://[::1]/a.png']]) {
      await assert.rejects(agent.client.call('comms_send_message', { channel: 'sms', to: personUs(805), body: 'look', mediaUrls }), (e) => e instanceof ToolError && /mediaUrls\[0\]/.test(e.document.error.message), mediaUrls[0]);
    }
    await assert.rejects(mail({ mediaUrls: ['https://media.example.com/a.png'] }), (e) => /attachments/.test(e.document.error.message));
    assert.equal(world.twilio.sent().length, sent);
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});

describe('the postal address', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start({ change: (config) => { config.compliance = { enforce: 'production' }; } });
    agent = await world.agent();
    await agent.client.call('comms_record_consent', { contactAddress: 'guest@example.com', channel: 'email', source: 'signup form' });
  });
  after(() => world?.dispose());

  const send = (args) => agent.client.call('comms_send_message', { channel: 'email', to: 'guest@example.com', subject: 'Offers', body: 'Offers!', html: '<html><body><p>Offers!</p></body></html>', ...args });

  test('mails of marketing are refused without it and end with it once', async () => {
    await assert.rejects(send(), (e) => e.document.error.rule === 'us.postal_address' && e.document.error.remedy.includes('comms_set_postal_address'));
    assert.equal((await send({ messageClass: 'service', body: 'Your table is ready.', html: undefined })).success, true);
    const response = await fetch(`${world.server.url}/api/v1/postal-address`, { method: 'POST', headers: { ...bearer(world.adminToken), 'content-type': 'application/json' }, body: JSON.stringify({ postalAddress: 'Suite Inc.\n1 Main Street\nSpringfield, IL 62701' }) });
    assert.equal(response.status, 200);
    assert.equal((await send()).success, true);
    const { id } = world.resend.sent().at(-1);
    const { text, html } = world.resend.emails.get(id);
    assert.equal(text, 'Offers!\n\nSuite Inc.\n1 Main Street\nSpringfield, IL 62701\n');
    assert.equal(html, '<html><body><p>Offers!</p><p>Suite Inc.<br>1 Main Street<br>Springfield, IL 62701</p></body></html>');
    assert.equal((await send({ body: 'Offers of Suite Inc., 1 Main Street, Springfield, IL 62701', html: undefined })).success, true);
    assert.equal(world.resend.emails.get(world.resend.sent().at(-1).id).text, 'Offers of Suite Inc., 1 Main Street, Springfield, IL 62701');
  });

  test('an operator sets it too', async () => {
    await world.server.ctl('organizations', 'address', '--address', 'Another Street 2, Springfield', '--json', world.organization);
    assert.equal((await send({ body: 'More offers!', html: undefined })).success, true);
    assert.match(world.resend.emails.get(world.resend.sent().at(-1).id).text, /Another Street 2, Springfield\n$/);
  });
});
