// Files that come inside a webhook, and that nobody can be asked for again: they wait with their
// message, move to where files are kept, and go with what they came with.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';
import { bearer } from './lib/client.mjs';
import { eventually, sleep } from './lib/server.mjs';

const secret = 'what the sandbox signs with';

describe('files inside a webhook', () => {
  let world;
  let agent;
  let directory;
  before(async () => {
    world = await World.start({ change: (config, place) => {
      directory = place;
      config.providers.email = { use: 'sandbox', config: { webhook_secret: secret } };
      config.providers.storage = { use: 'local', config: { root: path.join(place, 'objects') } };
      config.messaging = { max_media_bytes: 100_000 };
      config.server.limits = { mail_webhook_bytes: 40_000_000, large_bodies: 1 };
    } });
    agent = await world.agent({ capabilities: { phone: false, whatsapp: false, email: true, voiceAi: false } });
  });
  after(() => world?.dispose());

  const files = () => fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  /** Whether these bytes lie anywhere in the server's folder, as they are or as base64. */
  const isOnDisk = (bytes) => files().some((file) => {
    const content = fs.readFileSync(file);
    return content.includes(bytes) || content.includes(bytes.toString('base64'));
  });
  async function receive(id, media) {
    const body = JSON.stringify({ id, from: 'guest@example.com', to: agent.email, subject: 'Menu', text: 'As promised.', media });
    const response = await fetch(agent.hook('email'), { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-sandbox-signature': crypto.createHmac('sha256', secret).update(body).digest('hex') } });
    return response.status;
  }
  const file = (name, bytes, contentType = 'application/pdf') => ({ filename: name, contentType, data: bytes.toString('base64') });
  async function post(place, body) {
    const response = await fetch(`${world.server.url}/api/v1${place}`, { method: 'POST', headers: { ...bearer(world.adminToken), 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
    return response.json();
  }
  const items = async () => (await agent.client.call('comms_get_waiting_messages', { channel: 'email', includeAcknowledged: true })).messages;

  test('a file and a picture reach the agent whole, once, and are not readable on disk', async () => {
    const pdf = crypto.randomBytes(50_000);
    const png = crypto.randomBytes(300);
    const media = [file('menu.pdf', pdf), file('cat.png', png, 'image/png')];
    assert.equal(await receive('in1', media), 200);
    assert.equal(await receive('in1', media), 200, 'the vendor came again');
    const [item, ...more] = await items();
    assert.deepEqual(more, []);
    assert.deepEqual(item.media.map((m) => [m.filename, m.contentType, m.size]), [['menu.pdf', 'application/pdf', 50_000], ['cat.png', 'image/png', 300]]);
    for (const [place, bytes] of [[0, pdf], [1, png]]) {
      const response = await fetch(item.media[place].url);
      assert.equal(response.status, 200);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
      assert.equal(response.headers.get('content-type'), media[place].contentType);
      assert.match(response.headers.get('content-disposition'), /^attachment/);
    }
    assert.equal((await fetch(item.media[0].url.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).status, 404, 'forged');
    assert.ok(!isOnDisk(pdf.subarray(0, 30)) && !isOnDisk(png.subarray(0, 30)), 'encrypted at rest, and in no log');
  });

  test('too large a file: the message comes, its link says why; too large a mail is refused', async () => {
    assert.equal(await receive('in2', [file('big.pdf', Buffer.alloc(100_001))]), 200);
    const item = (await items()).at(-1);
    assert.equal(item.media[0].size, 100_001);
    const response = await fetch(item.media[0].url);
    assert.equal(response.status, 413);
    assert.match((await response.json()).error.message, /100000 bytes/);
    assert.equal(await receive('in3', [file('huge.pdf', Buffer.alloc(32_000_000))]), 413);
    assert.equal(await receive('in4', [{ filename: 'a', contentType: 'text/plain', data: 'no base64!' }]), 400);
    assert.equal((await items()).at(-1).id, item.id, 'nothing came of either');
  });

  test('a mail as large as vendors send comes whole', async () => {
    const bytes = crypto.randomBytes(90_000);
    assert.equal(await receive('in8', [file('huge.pdf', Buffer.alloc(24_000_000)), file('small.pdf', bytes)]), 200);
    const { media } = (await items()).at(-1);
    assert.deepEqual(media.map((m) => [m.filename, m.size]), [['huge.pdf', 24_000_000], ['small.pdf', 90_000]]);
    assert.ok(Buffer.from(await (await fetch(media[1].url)).arrayBuffer()).equals(bytes));
  });

  test('of many large mails at once each comes, if not at the first try', async () => {
    const came = new Set();
    const send = async (id) => {
      // A client that is refused while it still sends may find its connection closed.
      const status = await receive(id, [file('large.pdf', Buffer.alloc(3_000_000))]).catch(() => 503);
      assert.ok(status === 200 || status === 503, String(status));
      if (status === 200) came.add(id);
    };
    const all = Array.from({ length: 6 }, (_, i) => `many${i}`);
    await eventually(async () => {
      await Promise.all(all.filter((id) => !came.has(id)).map(send));
      return came.size === all.length;
    }, 'all came');
    assert.equal((await items()).filter((item) => item.media[0]?.filename === 'large.pdf').length, all.length);
  });

  test('a server that is told to stop, at whatever point of a large mail, has it once', async () => {
    const bytes = Buffer.alloc(20_000_000);
    for (const wait of [0, 100, 200, 400]) {
      const mail = () => receive(`stop${wait}`, [file(`stop${wait}.pdf`, bytes)]);
      const first = mail().catch(() => 0);
      await sleep(wait);
      assert.deepEqual(await world.server.stop(), { code: 0, signal: null });
      assert.ok([0, 200, 503].includes(await first));
      await world.server.start();
      const name = (item) => item.media[0]?.filename;
      const count = async () => (await items()).filter((item) => name(item) === `stop${wait}.pdf`).length;
      if (await first === 200) assert.equal(await count(), 1, 'what was taken is there');
      assert.equal(await mail(), 200, 'the vendor comes again');
      assert.equal(await count(), 1);
    }
  });

  test('kept for an agent that asks for it', async () => {
    const settings = (body) => post(`/agents/${agent.id}/media-storage`, body);
    await settings({ persistent: true, quotaBytes: 1000, retentionDays: 1 });
    const bytes = crypto.randomBytes(900);
    assert.equal(await receive('in5', [file('kept.pdf', bytes)]), 200);
    await eventually(async () => (await settings({})).stored === 1, 'the file is kept');
    assert.equal((await settings({})).usedBytes, 900);
    const kept = (await items()).at(-1);
    assert.ok(Buffer.from(await (await fetch(kept.media[0].url)).arrayBuffer()).equals(bytes));
    assert.equal(await receive('in6', [file('second.pdf', bytes)]), 200);
    await eventually(async () => (await settings({})).failed === 1, 'the quota is full');
    assert.equal((await fetch((await items()).at(-1).media[0].url)).status, 200, 'it is passed through all the same');
  });

  test('an erased contact leaves no file', async () => {
    const bytes = crypto.randomBytes(500);
    assert.equal(await receive('in7', [file('private.pdf', bytes)]), 200);
    const { url } = (await items()).at(-1).media[0];
    assert.equal((await fetch(url)).status, 200);
    const erased = await post('/contacts/erase', { contactAddress: 'guest@example.com' });
    assert.equal(erased.status, 'completed');
    assert.equal((await fetch(url)).status, 404);
  });
});
