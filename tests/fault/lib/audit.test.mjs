// The auditor must be able to fail. A pretend server with a perfect record passes; every way of
// losing, doubling or hiding a message breaks the equation that names it.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { audit } from './audit.mjs';

async function pretend({ calls, sent, inbound = [], inbox = [], records, chain = 'ok', integrity = 'ok', allowed = 0 }) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, params } = JSON.parse(Buffer.concat(chunks));
    let document;
    if (params.name === 'comms_get_message') document = { message: records[params.arguments.messageId], timeline: [], failure: null };
    else document = { messages: params.arguments.since === undefined ? inbox : [], count: 0, cursor: 'end' };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(document) }], structuredContent: document } }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = { token: 't' };
  try {
    return await audit({ server: { url: `http://127.0.0.1:${server.address().port}`, auditChain: async () => chain, integrity: async () => integrity } },
      { calls: calls.map((c) => ({ asks: 1, errors: [], agent, state: 'accepted', ...c })), inbound, agents: [agent], callbacks: 0 }, { sent: () => sent, inFlightAtKills: allowed });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const run = () => ({
  calls: [{ n: 0, body: 'load 0', messageId: 'm0' }, { n: 1, body: 'load 1', messageId: 'm1' }],
  sent: [{ body: 'load 0', sid: 's0' }, { body: 'load 1', sid: 's1' }],
  records: { m0: { status: 'submitted', externalId: 's0' }, m1: { status: 'delivered', externalId: 's1' } },
  inbound: [{ state: 'taken', messageSid: 'in0', body: 'heard 0' }], inbox: [{ externalId: 'in0' }],
});

test('a perfect record passes', async () => {
  const figures = await pretend(run());
  assert.equal(figures.accepted, 2);
  assert.equal(figures.inbound, 1);
});

for (const [name, change, equation] of [
  ['lost: said submitted, never at the vendor', (r) => { r.sent.pop(); }, /\(i\)/],
  ['never answered', (r) => { r.calls[1].state = 'unanswered'; }, /\(i\)/],
  ['twice at the vendor', (r) => { r.sent.push({ body: 'load 0', sid: 's9' }); }, /\(ii\)/],
  ['at the vendor, unknown to us', (r) => { r.sent.push({ body: 'load 7', sid: 's7' }); }, /\(iii\)/],
  ['said failed, yet sent', (r) => { r.records.m0.status = 'failed'; }, /\(iii\)/],
  ['recorded under another id', (r) => { r.records.m0.externalId = 's1'; }, /\(iii\)/],
  ['more unknown than were in flight', (r) => { r.records.m0.status = 'unknown'; }, /\(iv\)/],
  ['audit chain broken', (r) => { r.chain = 'entry 3 is missing'; }, /\(v\)/],
  ['database damaged', (r) => { r.integrity = 'page 4 is never used'; }, /\(vi\)/],
  ['inbound lost', (r) => { r.inbox = []; }, /\(inbound\)/],
  ['inbound twice', (r) => { r.inbox.push({ externalId: 'in0' }); }, /\(inbound\)/],
  ['refused sends', (r) => { r.calls.push({ n: 2, body: 'load 2', state: 'refused', why: 'rate limit' }); }, /\(load\)/],
  ['nothing accepted', (r) => { r.calls = []; r.sent = []; }, /\(load\)/],
]) {
  test(`the auditor sees: ${name}`, async () => {
    const record = run();
    change(record);
    await assert.rejects(pretend(record), equation);
  });
}

test('an unknown one is explained by a send in flight at a kill', async () => {
  const record = run();
  record.records.m0.status = 'unknown';
  assert.equal((await pretend({ ...record, allowed: 1 })).unknown, 1);
});
