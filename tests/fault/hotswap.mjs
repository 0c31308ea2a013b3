// Telephony swapped back and forth under load by editing the config, replacing its file and SIGHUP. Every
// tenth swap (of few: every second) is one that must fail, each in another way, while the old instance
// goes on serving; at the end nothing may be lost or sent twice.
//   node hotswap.mjs [--swaps 8] [--rate 200]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startTwilio } from '../mocks/twilio.mjs';
import { World } from '../e2e/lib/world.mjs';
import { build, eventually, pluginFolder, sleep } from '../e2e/lib/server.mjs';
import { audit } from './lib/audit.mjs';
import { Load } from './lib/load.mjs';
import { options } from './lib/options.mjs';

const { swaps, rate } = options({ swaps: 8, rate: 200 });

const isBroken = (i) => (swaps < 40 ? i % 2 === 1 : i % 10 === 9);

/** Written aside and renamed, as packages do it: in place would be another file under running code. */
function install(file, bytes) {
  fs.writeFileSync(`${file}.new`, bytes, { mode: 0o644 });
  fs.renameSync(`${file}.new`, file);
}

/** The plugin as another build of it: the loader does not look behind the last section. */
const rebuilt = (n) => Buffer.concat([fs.readFileSync(path.join(pluginFolder, 'twilio.so')), Buffer.from(`build ${n}`)]);

/** Ways in which a swap of telephony must fail, each with its reason; what it returns takes it back. */
function brokenWays(world, sick, folders) {
  const { telephony } = world.server.config.providers;
  const file = (folder) => path.join(folder, 'twilio.so');
  const asBefore = (which) => {
    const had = fs.existsSync(file(which)) ? fs.readFileSync(file(which)) : undefined;
    return () => { if (had) install(file(which), had); else fs.rmSync(file(which)); };
  };
  const withConfig = (more) => {
    const good = telephony.config;
    telephony.config = { ...good, ...more };
    return () => { telephony.config = good; };
  };
  return [
    { what: 'create fails', why: /api_key_sid and api_key_secret are needed together/, how: () => withConfig({ api_key_sid: 'SK' + '0'.repeat(32) }) },
    { what: 'the probe fails', why: /it cannot be loaded|it crashed|it ended/, how: (n) => {
      const back = asBefore(folders.more);
      const code = rebuilt(n);
      code.fill(0, 64, 64 + 56 * code.readUInt16LE(56)); // what the loader maps by; the manifest is still there
      install(file(folders.more), code);
      return back;
    } },
    { what: 'it refuses health', why: /its health check failed/, how: () => withConfig({ base_url: sick.url }) },
    { what: 'its signature is of another file', why: /the signature is not one of this file/, how: (n) => {
      const back = asBefore(folders.signed);
      install(file(folders.signed), rebuilt(n));
      execFileSync('minisign', ['-S', '-W', '-s', folders.key, '-m', file(folders.signed)], { stdio: 'ignore' });
      install(file(folders.signed), rebuilt(n + 1));
      return back;
    } },
  ];
}

test(`hot swap x${swaps} under ${rate} msg/s, broken ones among them`, { timeout: 180_000 + swaps * 30_000 }, async (t) => {
  const second = await startTwilio();
  const sick = await startTwilio();
  sick.fault({ match: /^GET .*\/Accounts\/AC[0-9a-f]{32}\.json/, status: 401, times: Infinity });
  const folders = {};
  let world;
  let load;
  try {
    world = await World.start({ change: (config, directory) => {
      Object.assign(folders, { more: path.join(directory, 'more-plugins'), signed: path.join(directory, 'signed-plugins'), keys: path.join(directory, 'keys'), key: path.join(directory, 'author.key') });
      for (const folder of [folders.more, folders.signed, folders.keys]) fs.mkdirSync(folder);
      execFileSync('minisign', ['-G', '-W', '-p', path.join(folders.keys, 'author.pub'), '-s', folders.key], { stdio: 'ignore' });
      config.egress.allow.push(second.url, sick.url);
      config.plugins.path.push(folders.more, folders.signed);
      config.plugins.trust_in = { [folders.signed]: 'signed' };
      config.plugins.keys_dir = folders.keys;
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

    const loaded = async () => (await world.server.ctl('plugins', '--json')).plugins.find((p) => p.slot === 'telephony');
    const reloads = () => world.server.log().split('"reloaded"').length;
    const reload = async () => {
      const before = reloads();
      world.server.writeConfig();
      world.server.reload();
      await eventually(() => reloads() > before, 'the configuration was read', { withinMs: 60_000 });
    };
    const sent = () => world.twilio.sent().length + second.sent().length;
    const ways = brokenWays(world, sick, folders);
    let good = 0;
    let broken = 0;
    for (let i = 0; i < swaps; i++) {
      if (isBroken(i)) {
        const { what, why, how } = ways[broken++ % ways.length];
        const before = await loaded();
        const back = how(i);
        await reload();
        const after = await loaded();
        assert.equal(after.generation, before.generation, `${what}: the old instance is in force`);
        assert.equal(after.status, 'healthy', `${what}: ${after.reason}`);
        assert.match(after.reason, why, what);
        const served = sent();
        await eventually(() => sent() > served + 5, `${what}: the old instance goes on serving`);
        back();
      } else {
        const { mock, use, config } = routes[good++ % 2];
        if (good % 5 === 0) install(path.join(folders.more, 'twilio.so'), rebuilt(i)); // new code, too
        const before = mock.sent().length;
        Object.assign(telephony, { use, config });
        await reload();
        await eventually(() => mock.sent().length > before + 5, `swap ${i + 1} took effect`);
        assert.equal((await loaded()).reason, '', `swap ${i + 1}`);
      }
      assert.ok(world.server.running);
    }
    const { mapped, retired } = await world.server.ctl('plugins', '--json');
    console.log(`# ${JSON.stringify({ swaps, good, broken, librariesMapped: mapped, retired })}`);
    assert.equal(broken, [...Array(swaps).keys()].filter(isBroken).length);

    const serving = routes[(good - 1) % 2].mock;
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
      fs.writeFileSync(path.join(folders.more, 'broken.so'), Buffer.alloc(4096, 0x7f));
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
        fs.copyFileSync(path.join(build, `test-plugins/broken_${kind}.so`), path.join(folders.more, `broken_${kind}.so`));
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
    assert.deepEqual([...second.refusals, ...sick.refusals], []);
    assert.deepEqual(sick.sent(), [], 'what was never healthy sent nothing');
    world.assertVendorsContent();
  } finally {
    load?.abandon();
    await world?.dispose();
    await second.stop();
    await sick.stop();
  }
});
