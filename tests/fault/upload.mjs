// A plugin over the API: refused unless the configuration file allows it, the token is an operator's and the
// code was made on the machine; then checked, recorded, written down, and usable.
//   node upload.mjs
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { World } from '../e2e/lib/world.mjs';
import { build, eventually } from '../e2e/lib/server.mjs';

test('uploads of plugins', { timeout: 120_000 }, async (t) => {
  let folder;
  const world = await World.start({ change: (config, directory) => {
    folder = path.join(directory, 'admin-plugins');
    fs.mkdirSync(folder);
    config.plugins.path.push(folder);
  } });
  const { server } = world;
  const file = (name) => fs.readFileSync(path.join(build, `test-plugins/${name}.so`));
  const operator = await server.token('orchestrator');
  const upload = async (token, bytes, { name = 'sound.so', code = '' } = {}) => {
    const response = await fetch(`${server.url}/api/v1/admin/plugins/upload?name=${encodeURIComponent(name)}`, { method: 'POST', body: bytes,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), 'content-type': 'application/octet-stream', ...(code ? { 'Commsd-Upload-Code': code } : {}) } });
    return { status: response.status, body: await response.json() };
  };
  const code = async () => (await server.ctl('plugins', 'upload-code', '--json')).code;
  const written = async () => (await server.auditEntries()).filter((e) => e.action.startsWith('plugin_upload')).map((e) => [e.action, e.target ?? '', JSON.parse(e.details_json)]);
  try {
    await t.test('off unless the configuration file says otherwise', async () => {
      const answer = await upload(operator, file('broken_sound'), { code: await code() });
      assert.equal(answer.status, 403);
      assert.match(answer.body.message, /plugins\.upload is off in its configuration file/);
      assert.deepEqual(fs.readdirSync(folder), []);
      assert.deepEqual((await written()).at(-1), ['plugin_upload_refused', '', { code: 'permission_denied' }]);
    });
    server.config.plugins.upload = true;
    server.writeConfig();
    await server.stop();
    await server.start();
    await t.test('for nobody but an operator who is at home on the machine', async () => {
      assert.equal((await upload('', file('broken_sound'), { code: await code() })).status, 401);
      assert.equal((await upload(world.adminToken, file('broken_sound'), { code: await code() })).status, 403);
      const limited = await server.token('orchestrator', '--scopes', 'comms:read');
      assert.equal((await upload(limited, file('broken_sound'), { code: await code() })).status, 403);
      const without = await upload(operator, file('broken_sound'));
      assert.match(without.body.error, /commsctl plugins upload-code/);
      assert.equal((await upload(operator, file('broken_sound'), { code: 'f'.repeat(16) })).status, 403);
      assert.deepEqual(fs.readdirSync(folder), []);
    });
    await t.test('what is broken or no plugin stays out, and the server lives', async () => {
      for (const [bytes, why] of [['#!/bin/sh', /not an ELF file/], [file('broken_entry_crashes'), /crashed/], [file('broken_entry_hangs'), /did not return/]]) {
        const answer = await upload(operator, bytes, { code: await code() });
        assert.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(answer));
        assert.match(answer.body.message, why);
      }
      assert.deepEqual(fs.readdirSync(folder), []);
      assert.ok(server.running);
    });
    await t.test('a sound one is there, recorded, written down, and can be used', async () => {
      const good = await code();
      const answer = await upload(operator, file('broken_sound'), { code: good });
      const sha256 = crypto.createHash('sha256').update(file('broken_sound')).digest('hex');
      assert.deepEqual([answer.status, answer.body.id, answer.body.trust, answer.body.sha256], [200, 'test.broken.sound', 'pinned', sha256]);
      assert.equal((await upload(operator, file('broken_sound'), { code: good })).status, 403, 'a code is good once');
      assert.deepEqual((await written()).find(([action]) => action === 'plugin_uploaded'), ['plugin_uploaded', 'test.broken.sound', { version: '1.0.0', sha256, trust: 'pinned', signer: '' }]);
      assert.equal(fs.statSync(path.join(folder, 'sound.so')).mode & 0o777, 0o644);
      server.config.providers.email = { use: 'sound', config: {} };
      server.writeConfig();
      server.reload();
      await eventually(async () => {
        const state = (await server.ctl('plugins', '--json')).plugins.find((p) => p.slot === 'email');
        return state.name === 'sound' && state.status === 'healthy' && state.trust === 'pinned';
      }, 'it is in use');
      assert.equal(await server.auditChain(), 'ok');
    });
  } finally { await world.dispose(); }
});
