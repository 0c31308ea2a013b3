// The auditor. A: what the server accepted. V: what the vendor's own log says arrived. R: what the
// server's records say. It trusts the vendor's log, which was synced before each reply.
//   (i)   every A is in R with a final or explained state, and that state agrees with V: lost = 0
//   (ii)  no send is in V twice
//   (iii) V is within R: no send the server does not know of
//   (iv)  messages said to be `unknown` are no more than the sends in flight at the kills
//   (v)   the audit chain verifies
//   (vi)  the database is whole
// and for inbound: everything answered 2xx is in the inbox exactly once; and with a host that is told
// (load.host), it was told at least once, each time under one id and signed.
import assert from 'node:assert/strict';
import { callModern, keepAliveAgent } from '../../e2e/lib/client.mjs';
import { eventually } from '../../e2e/lib/server.mjs';

const MOVING = new Set(['scheduled', 'accepted', 'rules_ok', 'attempting', 'pending', 'sending']);
const NOT_SENT = new Set(['failed', 'failed_final', 'blocked', 'rejected', 'canceled', 'cancelled', 'expired']);

/** The same of phone calls, which have no text: every number was dialled for one call only. */
async function auditPhone(world, load, ask, unknownAllowed) {
  const broken = [];
  const dialled = new Map();
  let unknown = 0;
  const R = new Map();
  const answered = load.phoneCalls.filter((c) => c.state === 'accepted');
  let moving = answered;
  await eventually(async () => {
    for (const call of moving) R.set(call.n, (await ask(call.agent.token, 'comms_get_message', { messageId: call.callId })).message);
    moving = moving.filter((call) => R.get(call.n).status === 'attempting');
    return moving.length === 0;
  }, 'every call comes to rest', { withinMs: 90_000, everyMs: 500 }).catch(() => broken.push(`(i) ${moving.length} calls never came to rest`));
  for (const entry of world.twilio.placed()) dialled.set(entry.to, [...(dialled.get(entry.to) ?? []), entry]);
  for (const call of load.phoneCalls) {
    const at = dialled.get(call.to) ?? [];
    if (at.length > 1) broken.push(`(ii) ${call.to}: dialled ${at.length} times`);
    if (call.state !== 'accepted') { broken.push(`(i) ${call.to}: ${call.state} ${call.why ?? ''}`); continue; }
    const record = R.get(call.n);
    if (record.status === 'unknown') { unknown++; continue; }
    if ((at[0]?.sid ?? null) !== record.externalId) broken.push(`(iii) ${call.to}: recorded as ${record.status} under ${record.externalId}, the vendor has ${at[0]?.sid}`);
  }
  if (unknown > unknownAllowed) broken.push(`(iv) ${unknown} unknown calls, ${unknownAllowed} were in flight`);
  return broken;
}

async function inBatches(items, size, work) {
  for (let i = 0; i < items.length; i += size) await Promise.all(items.slice(i, i + size).map(work));
}

/** Throws with every broken equation; returns the figures. `sent()` is V over all vendors of the run. */
export async function audit(world, load, { sent: vendorLog = () => world.twilio.sent(), inFlightAtKills = 0, unknownAllowed = inFlightAtKills, phoneInFlightAtKills = 0 } = {}) {
  const dispatcher = keepAliveAgent(32);
  const ask = (token, tool, args) => callModern(world.server, token, tool, args, { dispatcher });
  const broken = [];
  const answered = load.calls.filter((c) => c.state === 'accepted');

  // R, once everything that was still moving has come to rest.
  const R = new Map();
  let moving = answered;
  await eventually(async () => {
    await inBatches(moving, 32, async (call) => R.set(call.n, (await ask(call.agent.token, 'comms_get_message', { messageId: call.messageId })).message));
    moving = moving.filter((call) => MOVING.has(R.get(call.n).status));
    return moving.length === 0;
  }, 'every accepted message reaches a final or explained state', { withinMs: 90_000, everyMs: 500 })
    .catch(() => broken.push(`(i) ${moving.length} never came to rest, e.g. ${moving.slice(0, 3).map((c) => `${c.body}: ${R.get(c.n)?.status}`)}`));

  // V, read only now: what was moving may have been sent since.
  const sent = vendorLog();
  const V = new Map();
  for (const entry of sent) {
    if (!V.has(entry.body)) V.set(entry.body, []);
    V.get(entry.body).push(entry);
  }

  let unknown = 0;
  let failed = 0;
  for (const call of answered) {
    const record = R.get(call.n);
    const at = V.get(call.body) ?? [];
    if (!record) { broken.push(`(i) ${call.body}: no record`); continue; }
    if (record.status === 'unknown') { unknown++; continue; }
    if (NOT_SENT.has(record.status)) {
      failed++;
      if (at.length > 0) broken.push(`(iii) ${call.body}: said ${record.status}, the vendor has it`);
    } else if (!MOVING.has(record.status)) {
      if (at.length === 0) broken.push(`(i) ${call.body}: said ${record.status}, the vendor never had it`);
      else if (record.externalId !== at[0].sid) broken.push(`(iii) ${call.body}: recorded as ${record.status} under ${record.externalId}, the vendor calls it ${at[0].sid}`);
    }
  }
  for (const call of load.calls.filter((c) => c.state === 'unanswered')) broken.push(`(i) ${call.body}: never answered in ${call.asks} asks: ${call.errors.at(-1)?.text}`);
  const known = new Set(answered.map((c) => c.body));
  for (const [body, entries] of V) {
    if (entries.length > 1) broken.push(`(ii) ${body}: ${entries.length} times at the vendor`);
    if (!known.has(body)) broken.push(`(iii) ${body}: at the vendor, not in our records`);
  }
  if (unknown > unknownAllowed) broken.push(`(iv) ${unknown} unknown, ${unknownAllowed} were in flight`);

  const inbox = new Map();
  for (const agent of load.agents) {
    for (let since; ;) {
      const page = await ask(agent.token, 'comms_get_waiting_messages', { limit: 200, includeAcknowledged: true, ...(since === undefined ? {} : { since }) });
      for (const m of page.messages) inbox.set(m.externalId, [...(inbox.get(m.externalId) ?? []), m]);
      if (page.messages.length === 0 || page.cursor === since) break;
      since = page.cursor;
    }
  }
  for (const item of load.inbound) {
    const got = (inbox.get(item.messageSid) ?? []).length;
    if (item.state === 'taken' && got !== 1) broken.push(`(inbound) ${item.body}: answered 2xx, ${got} times in the inbox`);
    if (got > 1) broken.push(`(inbound) ${item.body}: ${got} times`);
  }

  if (load.phoneCalls?.length) broken.push(...await auditPhone(world, load, ask, phoneInFlightAtKills));
  if (load.host) {
    const told = new Map();
    const untold = () => load.inbound.filter((item) => item.state === 'taken' && item.agent.provisioned.callback && !told.has(item.messageSid));
    await eventually(async () => {
      for (const { event, id } of load.host.told.filter((t) => t.event.type === 'message.received')) told.set(event.data.externalId, (told.get(event.data.externalId) ?? new Set()).add(id));
      return untold().length === 0;
    }, 'every item is told', { withinMs: 120_000, everyMs: 500 }).catch(() => broken.push(`(callbacks) ${untold().length} never told, e.g. ${untold()[0]?.body}`));
    for (const [item, ids] of told) if (ids.size !== 1) broken.push(`(callbacks) ${item}: told under ${ids.size} ids`);
    if (load.host.refused.length > 0) broken.push(`(callbacks) ${load.host.refused.length} did not verify`);
    if (told.size === 0) broken.push('(callbacks) nothing was told: the run proved nothing');
  }

  const chain = await world.server.auditChain();
  if (chain !== 'ok') broken.push(`(v) audit log: ${chain}`);
  const integrity = await world.server.integrity();
  if (integrity !== 'ok') broken.push(`(vi) integrity_check: ${integrity.slice(0, 200)}`);
  await dispatcher.close();

  const refused = load.calls.filter((c) => c.state === 'refused');
  const figures = { accepted: answered.length, vendor: sent.length, unknown, failed, inFlightAtKills, refused: refused.length, askedAgain: load.calls.filter((c) => c.asks > 1).length,
    inbound: load.inbound.filter((i) => i.state === 'taken').length, callbacks: load.callbacks };
  console.log(`# ${JSON.stringify(figures)}`);
  if (refused.length > 0) broken.push(`(load) ${refused.length} refused, e.g. ${refused[0].why}`);
  // The vendors of these runs refuse nothing, so a message that failed was failed by us.
  if (failed > 0) broken.push(`(load) ${failed} failed`);
  if (answered.length === 0) broken.push('(load) nothing was accepted: the run proved nothing');
  assert.equal(broken.length, 0, `${broken.length} broken:\n${broken.slice(0, 20).join('\n')}`);
  return figures;
}
