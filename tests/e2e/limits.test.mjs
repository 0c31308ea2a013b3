// A limit is set, met and told of; the dashboards add up; another organization sees none of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';
import { startReceiver } from './lib/receiver.mjs';

describe('limits and money', () => {
  let world;
  let host;
  let agent;
  before(async () => {
    host = await startReceiver();
    world = await World.start({ change: (config) => { config.egress.allow.push(host.url); } });
    agent = await world.agent();
  });
  after(async () => { await world?.dispose(); await host?.stop(); });

  const send = (to, body) => agent.client.call('comms_send_message', { channel: 'sms', to, body });
  const refusal = async (call) => {
    const error = await call.then(() => assert.fail('was let through'), (e) => e);
    assert.ok(error instanceof ToolError, String(error));
    return error.document.error;
  };
  const alerts = () => world.server.log().split('\n').filter((line) => line.includes('"limit_alert"'));

  test('limit, block, alert', async () => {
    const set = await world.admin.call('comms_set_agent_limits', { agentId: agent.id, limits: { maxActionsPerDay: 5 } });
    assert.equal(set.success, true);
    assert.equal(set.currentLimits.maxActionsPerDay, 5);
    for (let i = 0; i < 5; i++) assert.equal((await send(personUs(i), `message ${i}`)).success, true);
    await eventually(() => alerts().some((line) => line.includes('"warning"')), 'a warning at 80 %');

    const error = await refusal(send(personUs(9), 'one too many'));
    assert.equal(error.code, 'rate_limited');
    assert.equal(error.rule, 'limit.per_day');
    assert.match(error.message, /5 of 5/);
    const next = new Date(error.nextAllowedAt);
    assert.equal(next.getTime() % 86_400_000, 0, 'midnight UTC');
    assert.ok(next > new Date());
    assert.ok(!world.twilio.sent().some((e) => e.body === 'one too many'), 'it did not reach the vendor');
    await eventually(() => alerts().some((line) => line.includes('"reached"')), 'the limit is told of');
    await refusal(send(personUs(9), 'and another'));
    assert.equal(alerts().length, 2, 'once each');
    assert.ok(alerts().every((line) => !line.includes(personUs(9))), 'without personal data');
    const { messages } = await agent.client.call('comms_get_waiting_messages', {});
    assert.deepEqual(messages.map((m) => [m.channel, m.reason, m.body]), [['limit', 'limit_warning', 'limit.per_day: 4 of 5 are used.'], ['limit', 'limit_reached', 'limit.per_day: 5 of 5 are used.']]);
    const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
    for (const level of ['warning', 'reached']) assert.match(metrics, new RegExp(`commsd_limit_alerts_total\\{[^}]*level="${level}"[^}]*\\} 1`), level);
    assert.equal(await world.server.auditChain(), 'ok');

    const raised = await world.admin.call('comms_set_agent_limits', { agentId: agent.id, limits: { maxActionsPerDay: null } });
    assert.ok(raised.currentLimits.maxActionsPerDay > 5);
    assert.equal((await send(personUs(9), 'let through again')).success, true);
  });

  test('a cap of the organization is told to each of its agents: callback, inbox and those who wait', async () => {
    const listening = await world.agent({ displayName: 'Listening', callbackUrl: `${host.url}/hook` });
    host.secrets = [listening.provisioned.callback.secret];
    const quiet = await world.agent({ displayName: 'Quiet' });
    const waiting = quiet.client.call('comms_wait_for_messages', { timeoutSeconds: 20 });
    await world.admin.call('comms_set_agent_limits', { limits: { maxOrganizationSpendPerDay: 0.000001 } });
    const error = await refusal(send(personUs(8), 'beyond the cap'));
    assert.equal(error.rule, 'spend.org_daily');
    assert.deepEqual((await waiting).messages.map((m) => [m.reason, m.subject]), [['limit_reached', 'spend.org_daily is reached']]);
    const [told] = await eventually(() => host.about('spend.org_daily').length > 0 && host.about('spend.org_daily'), 'the callback is told');
    assert.equal(told.event.type, 'limit.reached');
    assert.deepEqual([told.event.data.agentId, told.event.data.rule], [listening.id, 'spend.org_daily']);
    assert.ok(told.event.data.current > told.event.data.max, JSON.stringify(told.event.data));
    await refusal(send(personUs(8), 'beyond it again'));
    assert.equal(host.about('spend.org_daily').length, 1, 'once');
    await world.admin.call('comms_set_agent_limits', { limits: { maxOrganizationSpendPerDay: null } });
    for (const one of [listening, quiet]) await world.admin.call('comms_deprovision_channels', { agentId: one.id });
  });

  test('sixty-four senders at once never pass a limit', async () => {
    const other = await world.agent({ displayName: 'Racer' });
    await world.admin.call('comms_set_agent_limits', { agentId: other.id, limits: { maxActionsPerMinute: 17 } });
    const results = await Promise.allSettled([...Array(64)].map((_, i) => other.client.call('comms_send_message', { channel: 'sms', to: personUs(200 + i), body: `race ${i}` })));
    assert.equal(results.filter((r) => r.status === 'fulfilled').length, 17);
    for (const { reason } of results.filter((r) => r.status === 'rejected')) assert.equal(reason.document.error.rule, 'limit.per_minute');
    assert.equal(world.twilio.sent().filter((e) => e.body.startsWith('race ')).length, 17);
  });

  test('the dashboards add up, for the agent and for its organization', async () => {
    const mine = await agent.client.call('comms_get_usage_dashboard', { period: 'today' });
    assert.equal(mine.totalActions, 6);
    assert.equal(mine.actions.sms, 6);
    assert.equal(mine.currentUsage.actionsToday, 6);
    assert.ok(mine.totalCost > 0, 'estimated as long as the vendor has not said');
    const all = await world.admin.call('comms_get_usage_dashboard', {});
    assert.equal(all.globalTotals.totalActions, 6 + 17);
    assert.equal(all.agents.length, 2);
    await world.admin.call('comms_set_billing_config', { agentId: agent.id, markupPercent: 50 });
    const bill = await agent.client.call('comms_get_billing_summary', {});
    assert.equal(Math.round(bill.billingCost * 1e6), Math.round(bill.providerCost * 1.5e6));
  });

  test('another organization sees and changes none of it', async () => {
    const elsewhere = await world.connect(await world.server.token('organization', '--organization', await world.createOrganization('Elsewhere')));
    assert.equal((await elsewhere.call('comms_get_usage_dashboard', {})).globalTotals.totalActions, 0);
    for (const [tool, args] of [['comms_get_usage_dashboard', {}], ['comms_get_billing_summary', {}], ['comms_set_agent_limits', { limits: { maxActionsPerDay: 1 } }], ['comms_set_billing_config', { tier: 'free' }]]) {
      assert.equal((await refusal(elsewhere.call(tool, { agentId: agent.id, ...args }))).code, 'not_found', tool);
    }
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
