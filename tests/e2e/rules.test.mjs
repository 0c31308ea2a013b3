// An administrator's own folders of rules: taken over at SIGHUP whole or not at all, and told of when old.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { control, eventually, repository } from './lib/server.mjs';

describe('folders of rules', () => {
  let world;
  let agent;
  let rules;
  let content;
  const list = (phrase) => fs.writeFileSync(path.join(content, 'brand.yaml'), `category: brand\nenabled: true\nphrases:\n  - "${phrase}"\n`);
  before(async () => {
    world = await World.start({ change: (config, directory) => {
      [rules, content] = ['rules', 'content'].map((name) => path.join(directory, name));
      fs.cpSync(path.join(repository, 'config/compliance'), rules, { recursive: true });
      fs.mkdirSync(content);
      list('forbidden fruit');
      config.compliance = { enforce: 'always', rules_dir: rules, content_dir: content, rules_max_age_days: 3660, numbers_max_age_days: 3660 };
    } });
    agent = await world.agent();
  });
  after(() => world?.dispose());

  const events = (name) => world.server.log().split('\n').filter((line) => line.includes(`"event":"${name}"`));
  const reload = async (event) => {
    const seen = events(event).length;
    world.server.reload();
    await eventually(() => events(event).length > seen, `it says ${event}`);
  };
  let people = 0;
  /** The rule that refuses; null when it is sent. Nobody needs to agree to be warned. */
  const refusedBy = (body, more = {}) => agent.client.call('comms_send_message', { channel: 'sms', to: personUs(++people), body, messageClass: 'emergency', ...more })
    .then(() => null, (error) => { assert.ok(error instanceof ToolError, String(error)); return error.document.error.rule; });
  const edit = (file, from, to) => {
    const text = fs.readFileSync(path.join(rules, file), 'utf8');
    assert.ok(text.includes(from), `${file} has ${from}`);
    fs.writeFileSync(path.join(rules, file), text.replace(from, to));
  };

  test('a changed list counts after a reload', async () => {
    assert.equal(await refusedBy('some forbidden fruit'), 'content.brand');
    assert.equal(await refusedBy('the secret sauce'), null);
    list('secret sauce');
    await reload('reloaded');
    assert.equal(await refusedBy('some forbidden fruit'), null);
    assert.equal(await refusedBy('the secret sauce'), 'content.brand');
  });

  test('a broken file keeps all that was there, and is named with its line', async () => {
    list('everything else');
    edit('us.yaml', 'type: hours', 'type: ours');
    await reload('reload_refused');
    assert.equal(await refusedBy('everything else is fine'), null, 'the good list was not taken over either');
    assert.equal(await refusedBy('the secret sauce'), 'content.brand');
    const said = world.server.log();
    assert.match(said, /us\.yaml:\d+.*ours/);
    edit('us.yaml', 'type: ours', 'type: hours');
    fs.writeFileSync(path.join(content, 'other.yaml'), 'category: other\nphrases: 7\n');
    await reload('reload_refused');
    assert.match(world.server.log(), /other\.yaml/);
    fs.rmSync(path.join(content, 'other.yaml'));
    await reload('reloaded');
    assert.equal(await refusedBy('everything else is refused'), 'content.brand');
  });

  test('a rule of a country that changed counts after a reload', async () => {
    const service = { messageClass: 'service' };
    assert.equal(await refusedBy('your appointment', service), 'consent');
    edit('common.yaml', 'classes: [service, transactional]', 'classes: [transactional]');
    await reload('reloaded');
    assert.equal(await refusedBy('your appointment', service), null);
  });

  test('what is older than it may be is named at the reload and by doctor', async () => {
    assert.deepEqual(events('rules_stale'), []);
    edit('gb.yaml', /verified_on: (\S+)/.exec(fs.readFileSync(path.join(rules, 'gb.yaml'), 'utf8'))[0], 'verified_on: 2001-01-01');
    await reload('reloaded');
    assert.equal(events('rules_stale').length, 1);
    assert.match(events('rules_stale')[0], /"file":"gb\.yaml"/);
    const { findings } = await new Promise((resolve, reject) => {
      execFile(control, ['--config', world.server.configFile, '--socket', world.server.config.server.control_socket, 'doctor', '--json'], (error, stdout) => {
        try { resolve(JSON.parse(stdout)); } catch { reject(error ?? new Error(stdout)); }
      });
    });
    const old = findings.filter((f) => f.id === 'rules-age');
    assert.equal(old.length, 1);
    assert.equal(old[0].verdict.toLowerCase(), 'warn');
    assert.match(old[0].text, /gb\.yaml/);
  });
});
