// A plugin that takes the server down, twice: it is blamed, held back, and its fallback serves until an
// administrator enables it. A plugin that hangs: the server says so and goes on.
//   node crash.mjs
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { World } from '../e2e/lib/world.mjs';
import { build, eventually } from '../e2e/lib/server.mjs';

/** Mail goes through the plugin that does what the text says, and then through Resend. */
async function start() {
  const world = await World.start({ change: (config, directory) => {
    const folder = path.join(directory, 'more-plugins');
    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(build, 'test-plugins/scripted_v1.so'), path.join(folder, 'scripted.so'));
    config.plugins.path.push(folder);
    config.providers.email = { use: 'scripted', fallback: ['resend'], config: {}, configs: { resend: config.providers.email.config } };
  } });
  const plugins = async () => (await world.server.ctl('plugins', '--json')).plugins.filter((p) => p.slot === 'email');
  return Object.assign(world, { plugins });
}
const mail = (agent, body) => agent.client.call('comms_send_message', { channel: 'email', to: 'friend@example.com', subject: body, body });

test('a plugin that crashes the server twice is held back, and can be enabled', { timeout: 180_000 }, async () => {
  const world = await start();
  const { server } = world;
  try {
    const agent = await world.agent();
    assert.match((await mail(agent, 'ok')).externalId, /^1\.0\.0:plain/);
    for (let times = 0; times < 2; times++) {
      if (times > 0) await server.start({ wait: false }); // it may go down at once: what was cut short is looked into
      await eventually(async () => {
        if (!server.exit) mail(agent, `crash ${Date.now()}`).catch(() => {});
        return server.exit;
      }, 'the plugin takes the server down', { everyMs: 500 });
      assert.equal(server.exit.signal, 'SIGABRT', 'the signal took its usual course');
    }
    assert.equal(fs.readFileSync(path.join(server.directory, 'plugin-crashes'), 'utf8').match(/^crash \d+ test\.scripted [0-9a-f]{64} SIGABRT$/gm)?.length, 2);

    await server.start();
    const [held, fallback] = await world.plugins();
    assert.deepEqual([held.name, held.status, fallback.status], ['scripted', 'safe_mode', 'healthy']);
    assert.match(held.reason, /it crashed the server at .* and again at .*commsctl plugins enable scripted/);
    const sent = await mail(agent, 'after the crashes');
    assert.ok(world.resend.emails.has(sent.externalId), 'the fallback serves');

    await server.ctl('plugins', 'enable', 'scripted');
    await eventually(async () => (await world.plugins())[0].status === 'healthy', 'it is loaded again');
    assert.match((await mail(agent, 'enabled')).externalId, /^1\.0\.0:plain/);
    assert.ok((await server.auditEntries()).some((e) => e.action === 'plugin_enabled' && e.target === 'test.scripted' && e.actor === 'commsctl'));
    assert.equal(await server.auditChain(), 'ok');
    assert.equal(await server.integrity(), 'ok');
  } finally { await world.dispose(); }
});

test('--safe-mode leaves out what is not of the packaged folder', { timeout: 60_000 }, async () => {
  const world = await start();
  try {
    const agent = await world.agent();
    await world.server.stop();
    await world.server.start({ options: ['--safe-mode'] });
    assert.equal((await world.plugins())[0].status, 'safe_mode');
    assert.ok(world.resend.emails.has((await mail(agent, 'in safe mode')).externalId));
    assert.match(await world.server.ctl('plugins'), /started with --safe-mode/);
  } finally { await world.dispose(); }
});

test('a plugin that does not return gives way to its fallback', { timeout: 60_000 }, async () => {
  const world = await start();
  try {
    const agent = await world.agent();
    const hanging = mail(agent, 'block:12000').catch((error) => error);
    await eventually(async () => world.server.log().includes('"plugin_stuck","provider":"scripted"'), 'it is seen to hang');
    await eventually(async () => {
      const states = await world.server.ctl('plugins', '--json');
      return states.plugins.find((p) => p.slot === 'email').status === 'stuck' && /does not return/.test(states.restartAdvised[0]);
    }, 'the state says so, and that a restart is advised', { withinMs: 30_000 });
    await hanging;
    const sent = await mail(agent, 'to the fallback');
    assert.ok(world.resend.emails.has(sent.externalId), 'the fallback serves');
  } finally { await world.dispose(); }
});
