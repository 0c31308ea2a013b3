// A config the server cannot honour stops it at once: exit 3 and one line per fault, each naming the
// place. Never a half-started server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTwilio } from '../mocks/twilio.mjs';
import { World } from './lib/world.mjs';
import { Server, eventually, runRefused, sleep } from './lib/server.mjs';
import { callModern } from './lib/client.mjs';

describe('config', () => {
  let twilio;
  let good;
  before(async () => {
    twilio = await startTwilio();
    good = await Server.prepare({ twilio });
  });
  after(async () => {
    await good?.dispose();
    await twilio?.stop();
  });
  const changed = (change) => () => { const config = structuredClone(good.config); change(config); return config; };

  for (const [name, config, mentions] of [
    ['no YAML', 'server: [', /yaml|line/i],
    ['an unknown key', changed((c) => { c.server.lisen = 'x'; }), /lisen/],
    ['a port out of range', changed((c) => { c.server.listen = '127.0.0.1:99999'; }), /listen/],
    ['a public URL that is none', changed((c) => { c.server.public_url = 'not a url'; }), /public_url/],
    ['a provider nobody offers', changed((c) => { c.providers.telephony.use = 'carrierpigeon'; }), /carrierpigeon/],
    ['a slot that does not exist', changed((c) => { c.providers.smoke_signals = { use: 'twilio' }; }), /smoke_signals/],
    ['a secret that is not there', changed((c) => { c.providers.telephony.config.auth_token = 'secret:no_such'; }), /no_such/],
    ['provider config without its required field', changed((c) => { delete c.providers.telephony.config.account_sid; }), /account_sid/],
    ['provider config with an unknown field', changed((c) => { c.providers.telephony.config.acount_sid = 'x'; }), /acount_sid/],
    ['no database', changed((c) => { delete c.providers.database; }), /database/],
  ]) {
    test(`exit 3: ${name}`, async () => {
      const { code, stderr, stdout } = await runRefused(config);
      const said = stderr + stdout;
      assert.equal(code, 3, said.slice(0, 500));
      assert.match(said, mentions);
      assert.ok(!said.includes(twilio.account.authToken), 'no secret in what it says');
    });
  }

  test('two faults are two lines', async () => {
    const { code, stderr, stdout } = await runRefused(changed((c) => { c.server.lisen = 'x'; c.server.public_url = 'nope'; }));
    const said = stderr + stdout;
    assert.equal(code, 3);
    assert.match(said, /lisen/);
    assert.match(said, /public_url/);
  });

  test('a secret others can read is refused', async () => {
    const file = path.join(good.directory, 'secrets/twilio_auth_token');
    fs.chmodSync(file, 0o644);
    try {
      const { code, stderr, stdout } = await runRefused(good.config);
      assert.equal(code, 3, stderr + stdout);
      assert.match(stderr + stdout, /twilio_auth_token.*(0?600|mode|permission|readable)/i);
    } finally { fs.chmodSync(file, 0o600); }
  });

  test('SIGHUP with a broken config keeps the old one serving', async () => {
    const world = await World.start();
    try {
      const agent = await world.agent();
      fs.writeFileSync(world.server.configFile, 'server: [');
      world.server.reload();
      await sleep(500);
      assert.ok(world.server.running);
      const sent = await callModern(world.server, agent.token, 'comms_send_message', { channel: 'sms', to: '+14155550700', body: 'still here' });
      assert.equal(sent.success, true);
    } finally { await world.dispose(); }
  });

  test('SIGHUP names what only a restart takes over', async () => {
    const world = await World.start();
    try {
      const agent = await world.agent();
      world.server.config.messaging = { ...world.server.config.messaging, max_attempts: 2 };
      world.server.config.data_dir = path.join(world.server.directory, 'elsewhere');
      world.server.writeConfig();
      world.server.reload();
      await eventually(() => world.server.log().includes('"event":"reloaded"'), 'it reloads');
      const named = [...world.server.log().matchAll(/"event":"restart_needed","key":"([^"]+)"/g)].map((found) => found[1]);
      assert.deepEqual(named, ['data_dir', 'messaging.max_attempts']);
      const sent = await callModern(world.server, agent.token, 'comms_send_message', { channel: 'sms', to: '+14155550700', body: 'still here' });
      assert.equal(sent.success, true);
    } finally { await world.dispose(); }
  });

  test('starting for the first time buys nothing from anybody', async () => {
    const world = await World.start();
    try {
      assert.deepEqual([...world.twilio.journal, ...world.resend.journal].filter((e) => e.accepted).map((e) => e.operation), []);
    } finally { await world.dispose(); }
  });

  test('SIGTERM: exit 0', async () => {
    const world = await World.start();
    try { assert.deepEqual(await world.server.stop(), { code: 0, signal: null }); } finally { await world.dispose(); }
  });
});
