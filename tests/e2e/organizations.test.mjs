// Organizations from their application on, and what they own: accounts at vendors, mail domains, numbers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { startTwilio } from '../mocks/twilio.mjs';
import { World, personUs } from './lib/world.mjs';
import { ToolError, callModern, modern } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

const phone = { phone: true, whatsapp: false, email: false, voiceAi: false };
const mail = { phone: false, whatsapp: false, email: true, voiceAi: false };
const refused = (pattern) => (e) => e instanceof ToolError && pattern.test(e.message);

describe('organizations', () => {
  let world;
  let own; // an organization's own account at the vendor
  let orchestrator;
  before(async () => {
    own = await startTwilio({ account: { accountSid: 'AC' + 'fedcba9876543210'.repeat(2), authToken: 'own0auth0token0own0auth0token000' } });
    world = await World.start({ change: (config) => { config.edition = 'saas'; config.egress.allow.push(own.url); } });
    orchestrator = await world.server.token('orchestrator');
  });
  after(async () => { await world?.dispose(); await own?.stop(); });

  const apply = async (slug) => callModern(world.server, orchestrator, 'comms_create_organization', { name: slug, slug, company: `${slug} Ltd`, website: 'https://example.com', useCase: 'reminders' });
  const review = async (id, action) => {
    if (action === 'approve') await world.server.meetRequirements(id);
    return world.server.ctl('organizations', 'review', id, '--action', action, '--json');
  };
  const purchases = () => world.twilio.journal.filter((e) => e.accepted).length + own.journal.filter((e) => e.accepted).length;

  test('wait in the sandbox for their review, work once approved, and stop when suspended', async () => {
    const { orgId, adminToken, mode, accountStatus } = await apply('acme');
    assert.deepEqual([mode, accountStatus], ['sandbox', 'pending_review']);
    const none = purchases();
    await assert.rejects(callModern(world.server, adminToken, 'comms_provision_channels', { displayName: 'Early', capabilities: phone }), ToolError);
    const theirs = { provider: 'twilio', credentials: { account_sid: own.account.accountSid, auth_token: own.account.authToken, base_url: own.url } };
    await assert.rejects(callModern(world.server, adminToken, 'comms_register_provider', theirs), refused(/sandbox mode/));
    assert.equal(purchases(), none, 'nothing reached a vendor');
    assert.equal(own.journal.length, 0, 'nor was it asked anything');
    assert.equal((await review(orgId, 'approve')).mode, 'production');
    const agent = await callModern(world.server, adminToken, 'comms_provision_channels', { displayName: 'Now', capabilities: phone });
    await callModern(world.server, agent.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(700), body: 'hello' });
    const me = await callModern(world.server, agent.securityToken, 'comms_get_me', {});
    assert.equal(me.organization.accountStatus, 'approved');
    assert.equal(me.agent.id, agent.agentId);

    await review(orgId, 'suspend');
    for (const token of [adminToken, agent.securityToken]) {
      const answer = await modern(world.server, token, 'tools/call', { name: 'comms_ping', arguments: {} });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /suspended/);
    }
    await assert.rejects(callModern(world.server, orchestrator, 'comms_send_message', { agentId: agent.agentId, channel: 'sms', to: personUs(701), body: 'for them' }), ToolError);
    const seen = world.twilio.sent().length;
    await world.twilio.inbound(`${world.server.url}/webhooks/${agent.agentId}/sms`, { from: personUs(702), to: agent.channels.phone.number, body: 'STOP' });
    assert.equal(world.twilio.sent().length, seen, 'not even a confirmation');
    // What it bought can be given back for it.
    const gone = await callModern(world.server, orchestrator, 'comms_deprovision_channels', { agentId: agent.agentId });
    assert.equal(gone.numberReleased, true);
    assert.equal(world.twilio.numberOf(agent.channels.phone.number), undefined);
    await review(orgId, 'approve');
    assert.equal((await callModern(world.server, adminToken, 'comms_get_me', {})).role, 'organization');
  });

  test('have mail domains that are theirs alone', async () => {
    const [first, second] = [await apply('mail-one'), await apply('mail-two')];
    for (const { orgId } of [first, second]) await review(orgId, 'approve');
    const wanted = { displayName: 'Mailer', capabilities: mail, emailDomain: 'one.example.com' };
    await assert.rejects(callModern(world.server, first.adminToken, 'comms_provision_channels', wanted), refused(/not verified yet.*TXT send = v=spf1/));
    await assert.rejects(callModern(world.server, second.adminToken, 'comms_provision_channels', wanted), refused(/another organization/));
    world.resend.publishDns('one.example.com');
    const agent = await callModern(world.server, first.adminToken, 'comms_provision_channels', wanted);
    assert.match(agent.channels.email.address, /@one\.example\.com$/);
    await assert.rejects(callModern(world.server, second.adminToken, 'comms_provision_channels', wanted), refused(/another organization/));
    // agents.example.com is the suite's: whatever the vendor says, it proves nothing for others.
    await assert.rejects(callModern(world.server, second.adminToken, 'comms_provision_channels', { ...wanted, emailDomain: 'agents.example.com' }), refused(/another organization/));
  });

  test('register accounts of their own, checked, sealed and in force at once', async () => {
    const { orgId, adminToken } = await apply('own-account');
    await review(orgId, 'approve');
    const credentials = { account_sid: own.account.accountSid, auth_token: own.account.authToken, base_url: own.url };
    await assert.rejects(callModern(world.server, adminToken, 'comms_register_provider', { provider: 'nobody', credentials: {} }), refused(/installed are .*twilio/));
    await assert.rejects(callModern(world.server, adminToken, 'comms_register_provider', { provider: 'twilio', credentials: { sid: 'x' } }), refused(/'sid' is unknown.*'account_sid' is missing.*account_sid, auth_token/));
    await assert.rejects(callModern(world.server, adminToken, 'comms_register_provider', { provider: 'sqlite', credentials: { path: '/tmp/x' } }), ToolError);
    await assert.rejects(callModern(world.server, adminToken, 'comms_register_provider', { provider: 'twilio', credentials: { ...credentials, auth_token: 'wrong0auth0token0wrong0auth0toke' } }), refused(/was not registered/));
    const done = await callModern(world.server, adminToken, 'comms_register_provider', { provider: 'twilio', credentials });
    assert.deepEqual([done.verified, done.capabilities.sort()], [true, ['telephony', 'voice', 'whatsapp']]);
    const agent = await callModern(world.server, adminToken, 'comms_provision_channels', { displayName: 'Own', capabilities: phone });
    assert.ok(own.numberOf(agent.channels.phone.number), 'bought in its own account');
    assert.equal(world.twilio.numberOf(agent.channels.phone.number), undefined);

    const dump = execFileSync('sqlite3', [world.server.databaseFile, '.dump'], { maxBuffer: 256 << 20 }).toString('latin1');
    assert.ok(!dump.includes(own.account.authToken), 'no secret in clear in the database');
    assert.ok(!world.server.log().includes(own.account.authToken), 'nor in the log');
    await world.server.stop();
    await world.server.start();
    await callModern(world.server, agent.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(710), body: 'after a restart' });
    assert.equal(own.sent().length, 1);
    world.server.reload();
    await eventually(() => /"event":"reloaded"|reloaded/.test(world.server.log()), 'the file is read again');
    await callModern(world.server, agent.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(711), body: 'after a reload' });
    assert.equal(own.sent().length, 2);
  });

  test('editions without the operator tools do not know them', async () => {
    const community = await World.start();
    try {
      const token = await community.server.token('orchestrator');
      const { message } = await modern(community.server, token, 'tools/list', {});
      const names = message.result.tools.map((t) => t.name);
      assert.ok(names.includes('comms_get_me') && !names.includes('comms_create_organization'), names.join(' '));
      await assert.rejects(callModern(community.server, token, 'comms_create_organization', { name: 'x', slug: 'x' }));
    } finally { await community.dispose(); }
  });
});

describe('isolation', () => {
  for (const isolation of ['per-agent-subaccount', 'per-customer-subaccount']) {
    test(isolation, async () => {
      const world = await World.start({ change: (config) => { config.provisioning.isolation = isolation; } });
      try {
        const agents = [];
        for (const name of ['One', 'Two']) agents.push(await callModern(world.server, world.adminToken, 'comms_provision_channels', { displayName: name, capabilities: phone }));
        const open = () => [...world.twilio.accounts.values()].filter((a) => a.status === 'active');
        assert.equal(open().length, isolation === 'per-agent-subaccount' ? 2 : 1);
        for (const agent of agents) {
          const number = world.twilio.numberOf(agent.channels.phone.number);
          const account = world.twilio.accounts.get(number.account);
          assert.ok(account, 'not in the main account');
          await callModern(world.server, agent.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(720), body: `from ${agent.agentId}` });
          // Its webhooks are signed with the account's own token.
          const url = `${world.server.url}/webhooks/${agent.agentId}/sms`;
          const fields = { MessageSid: `SM${number.sid.slice(2)}`, From: personUs(721), To: number.number, Body: 'in', NumMedia: '0' };
          const ours = await world.twilio.post(url, fields);
          assert.equal(ours.status, 403, 'the main account signs for nobody here');
          const theirs = await world.twilio.post(url, fields, { headers: { 'x-twilio-signature': world.twilio.signature(url, fields, account.authToken) } });
          assert.equal(theirs.status, 200);
        }
        for (const agent of agents) {
          const gone = await callModern(world.server, world.adminToken, 'comms_deprovision_channels', { agentId: agent.agentId });
          assert.deepEqual([gone.numberReleased, gone.warnings], [true, []]);
        }
        assert.equal(world.twilio.numbers.size, 0);
        assert.equal(open().length, isolation === 'per-agent-subaccount' ? 0 : 1, 'a customer keeps its account');
      } finally { await world.dispose(); }
    });
  }
});
