// Runs the official suite's program and counts its checks from the files it writes. Its own exit status
// is not enough: it ignores warnings and whatever its requirement sets do not score.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const program = path.join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
export const scenarios = JSON.parse(fs.readFileSync(path.join(here, 'scenarios.json'), 'utf8'));

/** Checks that report INFO, and so would pass, when a server leaves the feature out that ours has. */
const mustSucceed = {
  'server-initialize': ['server-session-id-visible-ascii'],
  'server-session-lifecycle': ['server-session-delete-accepted', 'server-session-terminated-returns-404'],
  'server-sse-polling': ['server-sse-priming-event', 'server-sse-retry-field', 'server-sse-disconnect-resume'],
};

/**
 * In 0.2.0-alpha.12 this scenario holds one check that is always SKIPPED, "pending subscriptions/listen
 * rewrite"; notifications.mjs tests in its place what the scenario describes.
 */
const emptyInTheSuite = 'tasks-status-notifications';

export class Report {
  passed = 0;
  failed = 0;
  ok(what) { console.log(`ok ${++this.passed + this.failed} - ${what}`); }
  fail(what, why) {
    console.log(`not ok ${this.passed + ++this.failed} - ${what}`);
    console.log(`  ---\n  error: ${JSON.stringify(String(why ?? '').slice(0, 2000))}\n  ...`);
  }
  check(what, holds, why) { if (holds) this.ok(what); else this.fail(what, why); }
  /** Prints the counts that tests/run-node-suites.sh reads, and sets the exit status. */
  end() {
    console.log(`# pass ${this.passed}\n# fail ${this.failed}\n# skipped 0`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}

function execute(args) {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: os.tmpdir(), timeout: 240_000, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ code: child.exitCode, output: stdout + stderr }));
  });
}

/** The checks of every scenario that ran, by its name. */
function results(folder) {
  const found = new Map();
  for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const name = /^server-(.+)-\d{4}-\d{2}-\d{2}T/.exec(entry)?.[1];
    const file = path.join(folder, entry, 'checks.json');
    if (name && fs.existsSync(file)) found.set(name, JSON.parse(fs.readFileSync(file, 'utf8')));
  }
  return found;
}

function count(report, label, scenario, checks, excused) {
  if (scenario === emptyInTheSuite) {
    // When the suite fills it, this fails, and the scenario is to be counted like the others.
    report.check(`${label} ${scenario}: still empty in the suite`, checks.length === 1 && checks[0].status === 'SKIPPED', JSON.stringify(checks));
    return;
  }
  let succeeded = 0;
  for (const check of checks) {
    const what = `${label} ${scenario}: ${check.id}`;
    if (check.status === 'INFO' || excused.has(check.id)) continue;
    if (check.status === 'SUCCESS') { report.ok(what); succeeded++; } else report.fail(what, `${check.status}: ${check.errorMessage ?? check.description} ${JSON.stringify(check.details ?? {})}`);
  }
  for (const id of mustSucceed[scenario] ?? []) {
    if (!checks.some((c) => c.id === id && c.status === 'SUCCESS')) report.fail(`${label} ${scenario}: ${id} succeeds`, 'the check did not run');
  }
  if (succeeded === 0) report.fail(`${label} ${scenario}: has a check that succeeds`, JSON.stringify(checks));
}

/** Everything a revision requires, in one run of the program, and what it runs beside that. */
export async function runRequirements(report, url, revision) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-conformance-'));
  try {
    const { code, output } = await execute(['server', '--url', url, '--requirements', revision, '-o', folder]);
    const found = results(folder);
    report.check(`${revision}: the suite's own verdict`, code === 0, output.slice(-1500));
    for (const scenario of scenarios[revision]) {
      if (found.has(scenario)) count(report, revision, scenario, found.get(scenario), new Set());
      else report.fail(`${revision} ${scenario}: ran`, `no result; the suite said: ${output.slice(-500)}`);
    }
    for (const scenario of found.keys()) {
      if (!scenarios[revision].includes(scenario)) report.fail(`${revision} ${scenario}: is known`, 'the suite ran a scenario that scenarios.json does not name');
    }
  } finally { fs.rmSync(folder, { recursive: true, force: true }); }
}

/** One scenario; `excused` are ids of checks that this server cannot be asked. */
export async function runScenario(report, url, revision, scenario, label, excused = new Set()) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-conformance-'));
  try {
    const { output } = await execute(['server', '--url', url, '--scenario', scenario, '--spec-version', revision, '-o', folder]);
    const found = results(folder);
    if (found.has(scenario)) count(report, label, scenario, found.get(scenario), excused);
    else report.fail(`${label} ${scenario}: ran`, output.slice(-1000));
  } finally { fs.rmSync(folder, { recursive: true, force: true }); }
}
