// What of the official suite needs no fixtures, against the real commsd as it is installed.
import { World } from '../e2e/lib/world.mjs';
import { startProxy } from './lib/proxy.mjs';
import { Report, runScenario, scenarios } from './lib/suite.mjs';

/** Checks inside these scenarios that call a fixture (test_missing_capability and its like). */
const needFixtures = new Set([
  'sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400',
  'sep-2575-http-server-no-independent-requests-on-stream', 'sep-2575-server-no-log-without-loglevel',
  'sep-2575-server-sends-prompts-list-changed-on-subscription', 'sep-2575-server-sends-tools-list-changed-on-subscription',
]);

const report = new Report();
const world = await World.start();
let proxy;
try {
  const agent = await world.agent();
  proxy = await startProxy(world.server.url, agent.token);
  for (const [revision, names] of Object.entries(scenarios.production)) {
    for (const name of names) await runScenario(report, proxy.url, revision, name, `production ${revision}`, needFixtures);
  }
  const orchestrator = await world.connect(await world.server.token('orchestrator'));
  for (const [role, client] of [['agent', agent.client], ['organization', world.admin], ['orchestrator', orchestrator]]) {
    const { tools } = await client.listTools();
    report.check(`${role}: tools/list holds no fixture`, tools.length > 0 && !tools.some((t) => t.name.startsWith('test_')), tools.map((t) => t.name).join(' '));
  }
} finally {
  await proxy?.stop();
  await world.dispose();
  report.end();
}
