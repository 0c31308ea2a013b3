// kill -9 at every point of a purchase: no number may stay at the vendor that nobody here has.
//   node provision.mjs [--points 1]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { World } from '../e2e/lib/world.mjs';
import { callModern } from '../e2e/lib/client.mjs';
import { daemon, eventually, sleep } from '../e2e/lib/server.mjs';

const names = execFileSync(daemon, ['--list-crash-points'], { encoding: 'utf8' }).split('\n').map((l) => l.trim()).filter((l) => /^(purchase|provision)\./.test(l));

test('there are points around every step of a purchase', () => assert.ok(names.length >= 7, names.join(' ')));

for (const name of names) {
  test(`ends at ${name}`, { timeout: 300_000 }, async () => {
    const world = await World.start({ change: (config) => { Object.assign(config.provisioning, { purchase_grace_seconds: 15, purchase_retry_seconds: 1 }); } });
    try {
      await world.server.stop();
      await world.server.start({ environment: { COMMSD_CRASH_POINT: name } });
      const wanted = { displayName: 'Cut short', agentId: 'cut', capabilities: { phone: true, whatsapp: true, email: true, voiceAi: true }, emailDomain: 'agents.example.com' };
      const call = callModern(world.server, world.adminToken, 'comms_provision_channels', wanted)
        .then(() => callModern(world.server, world.adminToken, 'comms_deprovision_channels', { agentId: 'cut' })).catch(() => {});
      const crashed = await Promise.race([world.server.exited.then(() => true), sleep(20_000).then(() => false)]);
      assert.ok(crashed, 'this point was never reached');
      assert.equal(world.server.exit.code, 137, 'ended there, and not for another reason');
      await call;
      await world.server.start();

      const owned = () => execFileSync('sqlite3', [world.server.databaseFile, "SELECT DISTINCT address FROM channels WHERE status <> 'released' AND channel IN ('sms', 'voice', 'whatsapp') ORDER BY address;"], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
      const bought = () => [...world.twilio.numbers.values()].map((n) => n.number).sort();
      const state = () => world.server.ctl('provisioning', 'check', '--organization', world.organization, '--json');
      await eventually(async () => {
        const { slots, unsettled } = await state();
        return slots.counted === slots.present && unsettled.length === 0 && JSON.stringify(owned()) === JSON.stringify(bought());
      }, 'what is at the vendor is what is owned here', { withinMs: 200_000, everyMs: 500 });
      // The id is free again, or the agent is there: either way it can be given back.
      await callModern(world.server, world.adminToken, 'comms_provision_channels', { ...wanted, agentId: 'other' });
      world.assertVendorsContent();
    } finally { await world.dispose(); }
  });
}
