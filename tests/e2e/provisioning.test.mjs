// Twilio fails at every step of provisioning and deprovisioning: nothing it sold may be left with it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';
import { ToolError, callModern } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

const all = { phone: true, whatsapp: true, email: true, voiceAi: true };
const steps = { search: /GET .*AvailablePhoneNumbers/, buy: /POST .*IncomingPhoneNumbers\.json/, configure: /POST .*IncomingPhoneNumbers\/PN/, register: /POST .*Channels\/Senders/, release: /DELETE .*IncomingPhoneNumbers/ };
// Many times each: what may be repeated is repeated by the host.
const kinds = { 'is refused': { status: 400, times: 20 }, 'fails': { status: 503, times: 20 }, 'is cut off before': { drop: 'before', times: 20 }, 'is cut off after': { drop: 'after', times: 20 }, 'fails after it was done': { status: 500, after: true, times: 20 } };

// The real schedule, but for how long it waits.
const patience = { purchase_grace_seconds: 15, purchase_retry_seconds: 1 };

describe('provisioning at a vendor that fails', () => {
  let world;
  before(async () => { world = await World.start({ change: (config) => { Object.assign(config.provisioning, patience); } }); });
  after(() => world?.dispose());

  const call = (tool, args) => callModern(world.server, world.adminToken, tool, args);
  const owned = () => execFileSync('sqlite3', [world.server.databaseFile, "SELECT DISTINCT address FROM channels WHERE status <> 'released' AND channel IN ('sms', 'voice', 'whatsapp') ORDER BY address;"], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
  const bought = () => [...world.twilio.numbers.values()].map((n) => n.number).sort();

  test('at every step, in every way', { timeout: 280_000 }, async () => {
    let number = 0;
    for (const [step, match] of Object.entries(steps)) {
      for (const [kind, fault] of Object.entries(kinds)) {
        const agentId = `agent-${++number}`;
        const what = `${step} ${kind}`;
        const wanted = { agentId, displayName: what, capabilities: all, emailDomain: 'agents.example.com' };
        if (step === 'release') {
          await call('comms_provision_channels', wanted);
          world.twilio.fault({ match, ...fault });
          const gone = await call('comms_deprovision_channels', { agentId });
          assert.equal(gone.warnings.length > 0, !gone.numberReleased, what);
        } else {
          world.twilio.fault({ match, ...fault });
          await assert.rejects(call('comms_provision_channels', wanted), ToolError, what);
        }
        world.twilio.clearFaults();
        await assert.rejects(call('comms_get_channel_status', { agentId }).then((status) => { if (status.status === 'deprovisioned') throw new Error(status.status); }), what);
      }
    }
    await call('comms_provision_channels', { agentId: 'whole', displayName: 'Whole', capabilities: all, emailDomain: 'agents.example.com' });
    // What nobody could know at once is looked up once it cannot be under way any more.
    await eventually(async () => {
      const { slots, unsettled } = await world.server.ctl('provisioning', 'check', '--organization', world.organization, '--json');
      return unsettled.length === 0 && slots.counted === 1 && slots.present === 1 && JSON.stringify(owned()) === JSON.stringify(bought());
    }, 'the vendor has what the one agent has', { withinMs: 200_000, everyMs: 1000 });
    assert.equal(bought().length, 1);
  });
});
