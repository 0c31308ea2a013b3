// A caller that repeats itself, because its reply was lost or because a model called twice, must not
// make a person's phone ring twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { callModern, ToolError } from './lib/client.mjs';

describe('idempotency', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent(); });
  after(() => world?.dispose());

  const send = (args, token = agent.token) => callModern(world.server, token, 'comms_send_message', { channel: 'sms', body: 'hello', ...args });
  const sentTo = (to) => world.twilio.sent().filter((e) => e.to === to).length;

  test('same key, same arguments: the first result again', async () => {
    const first = await send({ to: personUs(300), idempotencyKey: 'k-300' });
    const again = await send({ to: personUs(300), idempotencyKey: 'k-300' });
    assert.equal(again.messageId, first.messageId);
    assert.equal(again.externalId, first.externalId);
    assert.equal(again.deduplicated, true);
    assert.equal(sentTo(personUs(300)), 1);
  });

  test('same key, other arguments: idempotency_mismatch and nothing sent', async () => {
    await send({ to: personUs(301), idempotencyKey: 'k-301' });
    await assert.rejects(send({ to: personUs(301), body: 'other', idempotencyKey: 'k-301' }), (e) => e instanceof ToolError && /idempotency_mismatch/.test(JSON.stringify(e.document) + e.message));
    assert.equal(sentTo(personUs(301)), 1);
  });

  test('64 at once with one key: one at the vendor, one answer', async () => {
    world.twilio.setLatency(150);
    const results = await Promise.allSettled([...Array(64)].map(() => send({ to: personUs(302), idempotencyKey: 'k-302' })));
    world.twilio.setLatency(0);
    assert.equal(sentTo(personUs(302)), 1);
    const ids = new Set(results.filter((r) => r.status === 'fulfilled').map((r) => r.value.messageId));
    assert.equal(ids.size, 1);
    for (const r of results.filter((x) => x.status === 'rejected')) assert.match(r.reason.message + JSON.stringify(r.reason.document), /in_progress/);
    const later = await send({ to: personUs(302), idempotencyKey: 'k-302' });
    assert.ok(ids.has(later.messageId));
  });

  test('without a key, the same text to the same person shortly after is answered, not sent', async () => {
    const first = await send({ to: personUs(303) });
    const again = await send({ to: personUs(303) });
    assert.equal(again.deduplicated, true);
    assert.equal(again.messageId, first.messageId);
    assert.equal((await send({ to: personUs(303), body: 'hello, again' })).deduplicated, false);
    assert.equal(sentTo(personUs(303)), 2);
  });

  test('a key belongs to its agent', async () => {
    const other = await world.agent({ displayName: 'Other' });
    const mine = await send({ to: personUs(304), idempotencyKey: 'shared' });
    const theirs = await send({ to: personUs(304), idempotencyKey: 'shared' }, other.token);
    assert.notEqual(mine.messageId, theirs.messageId);
    assert.equal(sentTo(personUs(304)), 2);
  });

  test('a key outlives a restart', async () => {
    const first = await send({ to: personUs(305), idempotencyKey: 'k-305' });
    await world.server.stop();
    await world.server.start();
    const again = await send({ to: personUs(305), idempotencyKey: 'k-305' });
    assert.equal(again.messageId, first.messageId);
    assert.equal(sentTo(personUs(305)), 1);
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
