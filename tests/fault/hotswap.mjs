// Telephony swapped back and forth under load by editing the config and SIGHUP; then swaps that must
// fail while the old provider goes on serving.
//   node hotswap.mjs [--swaps 5] [--rate 200]
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startTwilio } from '../mocks/twilio.mjs';
import { World } from '../e2e/lib/world.mjs';
import { build, eventually, sleep } from '../e2e/lib/server.mjs';
import { audit } from './lib/audit.mjs';
import { Load } from './lib/load.mjs';
import { options } from './lib/options.mjs';

const { swaps, rate } = options({ swaps: 5, rate: 200 });

test(`hot swap x${swaps} under ${rate} msg/s, then broken ones`, { timeout: 180_000 + swaps * 30_000 }, async (t) => {
  const second = await startTwilio();
  let world;
  let load;
  try {
    world = await World.start({ change: (config, directory) => {
      config.egress.allow.push(second.url);
      config.plugins.path.push(path.join(directory, 'more-plugins'));
      fs.mkdirSync(path.join(directory, 'more-plugins'));
    } });
    const agents = [await world.agent(), await world.agent()];
    // Both accounts hold the numbers, as after a port: only the route changes.
    for (const [sid, number] of world.twilio.numbers) second.numbers.set(sid, number);
    world.twilio.setLatency(10);
    second.setLatency(10);
    load = new Load(world, agents, { rate, callbackShare: 0 });
    const telephony = world.server.config.providers.telephony;
    const routes = [
      { use: 'twilio', config: { ...telephony.config, base_url: second.url }, mock: second },
      { use: 'twilio', config: { ...telephony.config }, mock: world.twilio },
    ];
    load.start();
    await sleep(500);
    for (let i = 0; i < swaps; i++) {
      const { mock, use, config } = routes[i % 2];
      const before = mock.sent().length;
      Object.assign(telephony, { use, config });
      world.server.writeConfig();
      world.server.reload();
      await eventually(() => mock.sent().length > before + 5, `swap ${i + 1} took effect`);
      assert.ok(world.server.running);
    }

    const serving = routes[(swaps - 1) % 2].mock;
    const goesOn = async (what) => {
      const before = serving.sent().length;
      await eventually(() => serving.sent().length > before + 20, `${what}: the old provider goes on serving`);
      assert.ok(world.server.running, what);
    };
    await t.test('a provider nobody offers', async () => {
      const good = { ...telephony };
      Object.assign(telephony, { use: 'carrierpigeon' });
      world.server.writeConfig();
      world.server.reload();
      await sleep(500);
      await goesOn('unknown provider');
      Object.assign(telephony, good);
    });
    await t.test('a config the provider refuses', async () => {
      const good = telephony.config;
      telephony.config = { ...good, account_sid: 'not an account' };
      world.server.writeConfig();
      world.server.reload();
      await sleep(500);
      await goesOn('refused config');
      telephony.config = good;
    });
    await t.test('a file that is no plugin', async () => {
      fs.writeFileSync(path.join(world.server.directory, 'more-plugins/broken.so'), Buffer.alloc(4096, 0x7f));
      world.server.writeConfig();
      world.server.reload();
      await sleep(500);
      await goesOn('broken file');
    });
    // Plugins made to be broken, each in its way (tests/plugins). They offer email; the slot
    // keeps what it had.
    const email = world.server.config.providers.email;
    for (const kind of ['wrong_major', 'missing_symbol', 'entry_crashes', 'create_crashes', 'create_hangs']) {
      await t.test(`a plugin broken on purpose: ${kind}`, async () => {
        fs.copyFileSync(path.join(build, `test-plugins/broken_${kind}.so`), path.join(world.server.directory, `more-plugins/broken_${kind}.so`));
        const provider = kind.replaceAll('_', '-');
        world.server.config.providers.email = { use: provider, config: {} };
        world.server.writeConfig();
        world.server.reload();
        await eventually(() => world.server.log().includes(`"plugin_refused","slot":"email","provider":"${provider}"`), 'it is refused and the log says so');
        await goesOn(kind);
        const sent = await agents[0].client.call('comms_send_message', { channel: 'email', to: 'still@example.com', subject: kind, body: kind });
        assert.ok(world.resend.emails.has(sent.externalId), 'the old email provider still serves');
      });
    }
    world.server.config.providers.email = email;
    await load.finish();
    await audit(world, load, { sent: () => [...world.twilio.sent(), ...second.sent()], unknownAllowed: 0 });
    assert.ok(second.sent().length > 0 && world.twilio.sent().length > 0, 'both routes were used');
    assert.deepEqual(second.refusals, []);
    world.assertVendorsContent();
  } finally {
    load?.abandon();
    await world?.dispose();
    await second.stop();
  }
});
