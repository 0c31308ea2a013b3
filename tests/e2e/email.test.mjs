// Email out and in through Resend's interface: keyed sends, events, and the inbound body that has to
// be fetched because the webhook carries only metadata.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

describe('email', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent({ capabilities: { phone: false, whatsapp: false, email: true, voiceAi: false } }); });
  after(() => world?.dispose());

  const send = (args) => agent.client.call('comms_send_message', { channel: 'email', to: 'guest@example.com', subject: 'Booking', body: 'See you at eight.', ...args });

  test('provisioning made an address and bought no number', () => {
    assert.match(agent.email, /@agents\.example\.com$/);
    assert.equal(agent.phone, undefined);
    assert.equal(world.twilio.numbers.size, 0);
  });

  test('send and delivered event', async () => {
    const sent = await send({ html: '<p>See you at eight.</p>' });
    const [entry] = world.resend.sent();
    assert.equal(entry.id, sent.externalId);
    assert.deepEqual(entry.to, ['guest@example.com']);
    assert.ok(entry.from.includes(agent.email));
    assert.equal(entry.subject, 'Booking');
    assert.ok(entry.idempotencyKey, 'the vendor keeps keys, so every attempt carries one');
    const event = await world.resend.event(agent.hook('email'), 'email.delivered', sent.externalId);
    assert.ok(event.status >= 200 && event.status < 300);
    const { message } = await agent.client.call('comms_get_message', { messageId: sent.messageId });
    assert.equal(message.status, 'delivered');
  });

  test('reply lost after the vendor took it: asked again with the same key, one email', async () => {
    world.resend.fault({ match: /POST \/emails/, drop: 'after' });
    const sent = await send({ to: 'lost@example.com', body: 'lost reply' });
    const mine = world.resend.journal.filter((e) => e.to?.includes('lost@example.com') || e.replayed);
    await eventually(async () => (await agent.client.call('comms_get_message', { messageId: sent.messageId })).message.externalId, 'the id is known in the end');
    assert.equal(world.resend.sent().filter((e) => e.to.includes('lost@example.com')).length, 1);
    assert.ok(mine.length >= 1);
  });

  test('attachments arrive whole', async () => {
    const bytes = Buffer.from('%PDF-1.4 pretend');
    await send({ to: 'files@example.com', attachments: [{ filename: 'menu.pdf', contentType: 'application/pdf', contentBase64: bytes.toString('base64') }] });
    const [entry] = world.resend.sent().filter((e) => e.to.includes('files@example.com'));
    assert.equal(entry.attachments, 1);
    assert.equal(Buffer.from(world.resend.emails.get(entry.id).attachments[0].content, 'base64').toString(), bytes.toString());
  });

  test('inbound: metadata by webhook, text fetched, seen by the agent', async () => {
    const waiter = agent.client.call('comms_wait_for_messages', { timeoutSeconds: 20, channel: 'email' }, { timeout: 30_000 });
    const mail = await world.resend.inbound(agent.hook('email'), { from: 'guest@example.com', to: agent.email, subject: 'Re: Booking', text: 'Can we make it nine?' });
    assert.ok(mail.status >= 200 && mail.status < 300, `HTTP ${mail.status} ${mail.text}`);
    const { messages } = await waiter;
    assert.equal(messages.length, 1);
    assert.equal(messages[0].subject, 'Re: Booking');
    assert.equal(messages[0].body.trim(), 'Can we make it nine?');
    assert.match(messages[0].from, /guest@example\.com/);
  });

  test('one mail to two agents reaches each once, reported whole or for each recipient', async () => {
    const colleague = await world.agent();
    const subjects = async (who) => (await who.client.call('comms_get_waiting_messages', { channel: 'email' })).messages.filter((m) => m.subject.startsWith('Both')).map((m) => [m.subject, m.to]);
    const all = [agent.email, colleague.email];
    const about = (n, more) => ({ from: 'guest@example.com', to: agent.email, cc: [colleague.email], subject: `Both ${n}`, text: 'you two', messageId: `<both${n}@mail.example.com>`, ...more });
    const hook = agent.hook('email');
    for (const mail of [about(1), about(2, { receivedFor: all }), about(3, { receivedFor: [agent.email] }), about(3, { receivedFor: [colleague.email] }), about(4), about(4),
      about(5, { cc: [], receivedFor: [agent.email] }), about(5, { cc: [], receivedFor: [colleague.email] })]) {
      assert.ok((await world.resend.inbound(hook, mail)).status < 300);
    }
    for (const who of [agent, colleague]) assert.deepEqual((await subjects(who)).sort(), [1, 2, 3, 4, 5].map((n) => [`Both ${n}`, who.email]));
  });

  test('the same event twice: one item; a stale or altered signature: 403', async () => {
    const mail = { from: 'guest@example.com', to: agent.email, subject: 'Twice', text: 'once', id: crypto.randomUUID() };
    const webhook = { id: 'msg_twice' };
    const first = await world.resend.inbound(agent.hook('email'), { ...mail, webhook });
    const again = await world.resend.inbound(agent.hook('email'), { ...mail, webhook });
    assert.ok(first.status < 300 && again.status < 300);
    const stale = await world.resend.inbound(agent.hook('email'), { ...mail, id: crypto.randomUUID(), webhook: { at: new Date(Date.now() - 3_600_000) } });
    assert.equal(stale.status, 403);
    const altered = await world.resend.inbound(agent.hook('email'), { ...mail, id: crypto.randomUUID(), webhook: { tamper: (s) => s.replace(/.{4}$/, 'AAA=') } });
    assert.equal(altered.status, 403);
    const items = [];
    await eventually(async () => {
      items.push(...(await agent.client.call('comms_get_waiting_messages', { channel: 'email' })).messages);
      return items.some((m) => m.subject === 'Twice');
    }, 'the item is there');
    assert.equal(items.filter((m) => m.subject === 'Twice').length, 1);
  });

  for (const [name, args] of Object.entries({
    'CRLF in the recipient': { to: 'a@example.com\r\nBcc: everyone@example.com' },
    'CRLF in the subject': { subject: 'Hello\r\nBcc: everyone@example.com' },
    'no at sign': { to: 'nobody' },
    'no subject, and no mail before': { to: 'new.contact@example.com', subject: undefined },
    'attachment name with a path': { attachments: [{ filename: '../../etc/passwd\r\nX: y', contentType: 'text/plain', contentBase64: 'eA==' }] },
    'attachment that is not base64': { attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: '***' }] },
  })) {
    test(`refused before the vendor: ${name}`, async () => {
      const before = world.resend.journal.length;
      await assert.rejects(send(args), (e) => e instanceof ToolError || e.code === -32602);
      assert.equal(world.resend.journal.length, before);
    });
  }

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
