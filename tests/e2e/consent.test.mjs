// What people allow and refuse, in a production organization with every rule on: consents by tool,
// STOP and START by message, one-click unsubscribe by link, and the answers that say so. Texts that
// are to arrive are service messages: marketing may be sent by day only, and suites run at night too.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

describe('consent', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start({ change: (config) => {
      config.compliance = { enforce: 'production' };
      config.server.public_url = 'https://comms.example.com'; // RFC 8058 wants https; nothing is fetched from it
    } });
    agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: true, voiceAi: false } });
    await world.server.ctl('organizations', 'address', '--address', 'Suite Inc., 1 Main Street, Springfield', '--json', world.organization); // mails of marketing end with it
  });
  after(() => world?.dispose());

  const send = (to, args = {}) => agent.client.call('comms_send_message', { channel: 'sms', to, body: 'Your table is ready.', messageClass: 'service', ...args });
  const refusedBy = (rule) => (error) => {
    assert.ok(error instanceof ToolError, String(error));
    assert.equal(error.document.error.rule, rule, error.message);
    assert.ok(error.document.error.message.length > 0 && error.document.error.remedy.length > 0, 'it says why and what to do');
    return true;
  };
  const record = (contactAddress, args = {}) => agent.client.call('comms_record_consent', { contactAddress, channel: 'sms', source: 'signup form', ...args });
  const check = (contactAddress, channel = 'sms') => agent.client.call('comms_check_consent', { contactAddress, channel });
  const texts = (to) => world.twilio.sent().filter((e) => e.to === to).map((e) => e.body);

  test('no consent -> blocked; recorded -> sent; revoked -> blocked', async () => {
    const to = personUs(600);
    await assert.rejects(send(to), refusedBy('consent'));
    assert.deepEqual(await check(to), { hasConsent: false, status: 'none', optedOut: false, message: 'no consent of this contact is on record' });

    const recorded = await record(to, { notes: 'box ticked' });
    assert.equal(recorded.success, true);
    assert.equal(recorded.status, 'granted');
    assert.ok(recorded.consentId);
    const granted = await check(to);
    assert.equal(granted.hasConsent, true);
    assert.equal(granted.consentType, 'express');
    assert.equal(granted.source, 'signup form');
    assert.equal((await send(to)).success, true);
    assert.equal(texts(to).length, 1);

    assert.deepEqual(await agent.client.call('comms_revoke_consent', { contactAddress: to, channel: 'sms' }), { success: true, status: 'revoked' });
    assert.equal((await check(to)).status, 'revoked');
    for (const messageClass of ['marketing', 'service', 'transactional', 'otp']) {
      await assert.rejects(send(to, { messageClass, body: messageClass }), refusedBy('consent'));
    }
    assert.equal(texts(to).length, 1, 'nothing left since');
  });

  test('what a class of message needs', async () => {
    const to = personUs(601);
    await record(to, { consentType: 'implied' });
    await assert.rejects(send(to, { messageClass: 'marketing' }), refusedBy('consent'));
    assert.equal((await send(to)).success, true);
    assert.equal((await send(personUs(602), { messageClass: 'otp', body: 'Your code is 123456.' })).success, true);
  });

  test('an expired consent is none', async () => {
    const to = personUs(603);
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    assert.equal((await record(to, { expiresAt })).expiresAt, expiresAt);
    await eventually(async () => (await check(to)).status === 'expired', 'it has ended');
    await assert.rejects(send(to), refusedBy('consent'));
    await assert.rejects(record(to, { expiresAt: '2020-01-01T00:00:00Z' }), ToolError);
  });

  test('the database holds no address of a contact where only matching is needed', async () => {
    await record(personUs(604));
    const bytes = fs.readdirSync(world.server.directory).filter((f) => f.startsWith('commsd.db'))
      .map((f) => fs.readFileSync(path.join(world.server.directory, f), 'latin1')).join('');
    assert.ok(!bytes.includes(personUs(604).slice(1)), 'nor in the write-ahead log');
  });

  test('a link in a mail unsubscribes by POST at once, and by GET never', async () => {
    const to = 'guest@example.com';
    const mail = (args = {}) => agent.client.call('comms_send_message', { channel: 'email', to, subject: 'May', body: 'New tables.', ...args });
    await agent.client.call('comms_record_consent', { contactAddress: to, channel: 'email' });
    await mail();
    const [entry] = world.resend.journal.filter((e) => e.to?.includes(to));
    assert.equal(entry.mailHeaders['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
    const link = /^<https:\/\/comms\.example\.com(\/unsubscribe\/[\w-]+)>$/.exec(entry.mailHeaders['List-Unsubscribe']);
    assert.ok(link, entry.mailHeaders['List-Unsubscribe']);

    const page = await fetch(world.server.url + link[1]);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<form method="post">/);
    assert.equal((await check(to, 'email')).optedOut, false, 'looking at it does nothing');
    assert.equal((await mail({ body: 'More tables.' })).success, true);

    const done = await fetch(world.server.url + link[1], { method: 'POST', redirect: 'error', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
    assert.equal(done.status, 200);
    assert.equal((await check(to, 'email')).optedOut, true);
    await assert.rejects(mail({ body: 'Even more.' }), refusedBy('opt_out'));
    assert.equal((await fetch(world.server.url + link[1], { method: 'POST' })).status, 200, 'twice does no harm');
    for (const method of ['GET', 'POST']) {
      assert.equal((await fetch(`${world.server.url}/unsubscribe/AAAA${link[1].slice(17)}`, { method })).status, 404, 'a forged link is none');
    }
  });

  test('an operator blocks a contact and lifts it again', async () => {
    const to = personUs(605);
    await record(to);
    await world.server.ctl('contacts', 'block', '--organization', world.organization, '--channel', 'sms', to);
    await assert.rejects(send(to), refusedBy('opt_out'));
    await world.server.ctl('contacts', 'allow', '--organization', world.organization, '--channel', 'sms', to);
    assert.equal((await send(to)).success, true);
    const list = path.join(world.server.directory, 'dnc.txt');
    fs.writeFileSync(list, '(415) 555-0606\n# moved\n+14155550607\n');
    const imported = await world.server.ctl('dnc', 'import', '--list', 'National', '--country', 'US', '--prefix', '+1', '--json', list);
    assert.equal(imported.entries, 2);
    assert.match(await world.server.ctl('dnc', 'list'), /National/);
    const says = (words) => (error) => words.test(error.stderr);
    const block = (...args) => world.server.ctl('contacts', 'block', '--organization', world.organization, ...args);
    await assert.rejects(block('--channel', 'fax', to), says(/'channel' must be/));
    await assert.rejects(block('--channel', 'sms', '4155550605'), says(/E\.164/));
    await assert.rejects(world.server.ctl('contacts', 'allow', '--organization', world.organization, '--channel', 'sms', to), says(/has not opted out/));
    const more = ['dnc', 'import', '--list', 'National', '--country', 'US'];
    await assert.rejects(world.server.ctl(...more, '--checked', 'yesterday', list), says(/'checked' is no date/));
    await assert.rejects(world.server.ctl(...more, '--checked', '2099-01-01', list), says(/in the past/));
    await assert.rejects(world.server.ctl(...more, list), says(/line 1/), 'numbers without a country code');
    await assert.rejects(world.server.ctl(...more, '--organization', 'org_none', list), says(/no such organization/));
  });

  test('other agents and organizations see and change nothing of it', async () => {
    const to = personUs(608);
    await record(to);
    const other = await world.agent({ displayName: 'Other' });
    assert.equal((await other.client.call('comms_check_consent', { contactAddress: to, channel: 'sms' })).status, 'none');
    for (const tool of ['comms_check_consent', 'comms_revoke_consent', 'comms_record_consent']) {
      await assert.rejects(other.client.call(tool, { agentId: agent.id, contactAddress: to, channel: 'sms' }), ToolError, tool);
    }
    assert.equal((await check(to)).hasConsent, true);
  });
});

describe('opting out', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start({ change: (config) => { config.compliance = { enforce: 'production' }; } });
    agent = await world.agent();
  });
  after(() => world?.dispose());

  const send = (to, args = {}) => agent.client.call('comms_send_message', { channel: 'sms', to, body: 'Your table is ready.', messageClass: 'service', ...args });
  const write = (from, body) => world.twilio.inbound(agent.hook('sms'), { from, to: agent.phone, body });
  const texts = (to) => world.twilio.sent().filter((e) => e.to === to).map((e) => e.body);
  const refusedBy = (rule) => (error) => error instanceof ToolError && error.document.error.rule === rule;

  test('STOP -> blocked, confirmed once -> START', async () => {
    const person = personUs(610);
    await agent.client.call('comms_record_consent', { contactAddress: person, channel: 'sms' });
    assert.equal((await send(person)).success, true);
    assert.equal((await write(person, 'Stop.')).status, 200);
    await assert.rejects(send(person, { body: 'a' }), refusedBy('opt_out'));
    await eventually(() => texts(person).length === 2, 'the confirmation');
    await write(person, 'STOP');
    await write(person, 'I said STOP');
    await assert.rejects(send(person, { body: 'b', messageClass: 'emergency' }), refusedBy('opt_out'));
    assert.equal(texts(person).length, 2, 'one confirmation, then silence');
    const standing = await agent.client.call('comms_check_consent', { contactAddress: person, channel: 'sms' });
    assert.equal(standing.status, 'revoked');
    assert.equal(standing.optedOut, true);

    await write(person, 'START');
    await eventually(() => texts(person).length === 3, 'the answer to START');
    assert.equal((await send(person, { body: 'c' })).success, true);
    const { messages } = await agent.client.call('comms_get_waiting_messages');
    assert.equal(messages.filter((m) => m.from === person).length, 4, 'the agent sees all that was written');
  });

  test('a wish in own words holds sends until somebody has looked', async () => {
    const person = personUs(614);
    await write(person, 'please stop texting me');
    await assert.rejects(send(person), refusedBy('possible_opt_out'));
    await world.server.ctl('contacts', 'allow', '--organization', world.organization, '--channel', 'sms', person);
    await assert.rejects(send(person), refusedBy('consent'), 'a suspicion is no yes either');
  });

  test('who writes may be answered, not advertised to', async () => {
    const person = personUs(611);
    await write(person, 'Do you have a table?');
    assert.equal((await send(person, { body: 'We do.' })).success, true);
    await assert.rejects(send(person, { messageClass: 'marketing' }), refusedBy('consent'));
  });

  test('a vendor that blocks a recipient is believed', async () => {
    const person = personUs(612);
    await agent.client.call('comms_record_consent', { contactAddress: person, channel: 'sms' });
    world.twilio.fault({ match: /POST .*Messages\.json/, status: 400, body: { code: 21610, message: 'Attempt to send to unsubscribed recipient', more_info: 'https://www.twilio.com/docs/errors/21610', status: 400 } });
    await assert.rejects(send(person), ToolError);
    await assert.rejects(send(person, { body: 'again' }), refusedBy('opt_out'));
  });

  test('STOP counts for an agent that is gone', async () => {
    const person = personUs(613);
    const other = await world.agent({ displayName: 'Leaving' });
    await agent.client.call('comms_record_consent', { contactAddress: person, channel: 'sms' });
    await world.admin.call('comms_deprovision_channels', { agentId: other.id, releaseNumber: false });
    assert.equal((await world.twilio.inbound(other.hook('sms'), { from: person, to: other.phone, body: 'STOP' })).status, 200);
    await assert.rejects(send(person), refusedBy('opt_out'), 'it was said to the organization');
  });
});
