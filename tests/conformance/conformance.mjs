// node conformance.mjs REVISION: the official suite against the fixtures binary, on that revision's wire.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from '../e2e/lib/server.mjs';
import { checkTaskNotifications } from './notifications.mjs';
import { startProxy } from './lib/proxy.mjs';
import { Report, runRequirements, runScenario, scenarios } from './lib/suite.mjs';

const revision = process.argv[2];
const only = process.argv[3]; // one scenario, for whoever mends it
if (!Array.isArray(scenarios[revision])) {
  console.error(`usage: conformance.mjs ${Object.keys(scenarios).filter((k) => Array.isArray(scenarios[k])).join('|')} [SCENARIO]`);
  process.exit(2);
}

const binary = path.join(build, 'tests/conformance/commsd-conformance');
if (!fs.existsSync(binary)) throw new Error(`no ${binary}: build the target commsd-conformance`);
const fixtures = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((resolve, reject) => {
  fixtures.once('exit', (code) => reject(new Error(`commsd-conformance ended at once (${code})`)));
  createInterface({ input: fixtures.stdout }).on('line', (line) => { const found = /^listening on (\d+)$/.exec(line); if (found) resolve(Number(found[1])); });
});

const report = new Report();
const exited = new Promise((resolve) => fixtures.once('exit', (code, signal) => resolve({ code, signal })));
const address = `http://127.0.0.1:${port}`;
const token = 'conformance';
const proxy = await startProxy(address, token);
try {
  if (only) await runScenario(report, proxy.url, revision, only, revision);
  else {
    await runRequirements(report, proxy.url, revision);
    if (scenarios[revision].includes('tasks-status-notifications')) await checkTaskNotifications(report, address, token);
  }
} finally {
  await proxy.stop();
  fixtures.kill('SIGTERM');
  const { code, signal } = await exited;
  report.check(`${revision}: the server ends in order`, code === 0, `exit ${code}, signal ${signal}`);
  report.end();
}
