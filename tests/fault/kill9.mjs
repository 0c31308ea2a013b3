// kill -9 under load: at random moments, and at every named crash point.
//   node kill9.mjs [--kills 5] [--rate 200] [--points 1] [--database sqlite|postgres] [--only TEXT]
//   --points 0 leaves the named points out, --only all but those whose names begin with TEXT
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import assert from 'node:assert/strict';
import { options } from './lib/options.mjs';

const { kills, rate, points, database, only } = options({ kills: 5, rate: 200, points: 1, database: 'sqlite', only: '' });
process.env.COMMSD_TEST_DATABASE = database; // before server.mjs looks
const { World } = await import('../e2e/lib/world.mjs');
const { daemon, sleep } = await import('../e2e/lib/server.mjs');
const { startReceiver } = await import('../e2e/lib/receiver.mjs');
const { audit } = await import('./lib/audit.mjs');
const { Load } = await import('./lib/load.mjs');

async function loaded(work) {
  const journals = { twilio: path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-fault-')), 'twilio.journal') };
  const host = await startReceiver();
  const world = await World.start({ journals, change: (config) => {
    config.egress.allow.push(host.url);
    config.messaging = { callbacks: { retry_seconds: [1], timeout_seconds: 2 } };
  } });
  let load;
  try {
    const agents = [];
    // Half of them are told, half ask: what a callback has told waits in no inbox.
    for (let i = 0; i < 4; i++) agents.push(await world.agent({ displayName: `Load ${i}`, ...(i % 2 ? { callbackUrl: host.url } : {}), capabilities: { phone: true, whatsapp: false, email: false, voiceAi: true } }));
    host.secrets = agents.filter((agent) => agent.provisioned.callback).map((agent) => agent.provisioned.callback.secret);
    world.twilio.setLatency(5); // a vendor that answers at once would hide the window between attempt and result
    load = new Load(world, agents, { rate, phoneRate: 20, scheduledEvery: 10 });
    load.host = host;
    await work(world, load);
    world.assertVendorsContent();
  } finally {
    load?.abandon();
    await host.stop();
    await world.dispose();
    fs.rmSync(path.dirname(journals.twilio), { recursive: true, force: true });
  }
}

test(`kill -9 x${kills} at random moments under ${rate} msg/s`, { timeout: 120_000 + kills * 30_000 }, () => loaded(async (world, load) => {
  let inFlightAtKills = 0;
  let phoneInFlightAtKills = 0;
  const ready = [];
  load.start();
  for (let i = 0; i < kills; i++) {
    await sleep(500 + Math.random() * 1500);
    inFlightAtKills += load.inFlight;
    phoneInFlightAtKills += load.phoneInFlight;
    await world.server.kill();
    const began = Date.now();
    await world.server.start();
    ready.push(Date.now() - began);
  }
  await sleep(1000);
  await load.finish();
  console.log(`# ready again after ${Math.max(...ready)} ms at most`);
  await audit(world, load, { inFlightAtKills, phoneInFlightAtKills });
}));

if (points) {
  const names = execFileSync(daemon, ['--list-crash-points'], { encoding: 'utf8' }).split('\n').map((l) => l.trim().split(/\s/)[0]).filter((l) => l && !/^(purchase|provision)\./.test(l)); // those: provision.mjs
  test('there are crash points around every commit and vendor write', () => assert.ok(names.length >= 12, `${names.length}: ${names.join(' ')}`));
  for (const name of names.filter((n) => n.startsWith(only))) {
    test(`ends at ${name}`, { timeout: 180_000 }, () => loaded(async (world, load) => {
      await world.server.stop();
      // Ready is not waited for: a point on the way up may end the process before it is.
      await world.server.start({ wait: false, environment: { COMMSD_CRASH_POINT: name, COMMSD_CRASH_SKIP: String(Math.floor(Math.random() * 30)) } });
      load.start();
      const crashed = await Promise.race([world.server.exited.then(() => true), sleep(15_000).then(() => false)]);
      const inFlightAtKills = load.inFlight;
      const phoneInFlightAtKills = load.phoneInFlight;
      assert.ok(crashed, 'the load never reached this point');
      assert.equal(world.server.exit.code, 137, 'ended there, and not for another reason');
      await world.server.start();
      await sleep(500);
      await load.finish();
      await audit(world, load, { inFlightAtKills, phoneInFlightAtKills });
    }));
  }
}
