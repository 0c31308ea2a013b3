#!/usr/bin/env node
// Writes docs/providers.md: one part per shipped provider, from its manifest, from what its contract
// tests say they verified against what (tests/contract/PROVIDER/verified.json) and from the suites.
//   providers-page.mjs           writes the page
//   providers-page.mjs --check   fails when the page in the tree is another one
// COMMSD_BUILD names the build tree, default build/dev: its comms-manifest reads the manifests.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const build = path.resolve(root, process.env.COMMSD_BUILD ?? 'build/dev');
const page = path.join(root, 'docs/providers.md');
const faults = [];

function manifestOf(provider) {
  const tool = path.join(build, 'plugin-sdk/tools/comms-manifest');
  const schema = path.join(root, 'plugin-sdk/schema/manifest.schema.json');
  return JSON.parse(execFileSync(tool, ['--schema', schema, path.join(root, 'plugins', provider, 'plugin.yaml')], { encoding: 'utf8' }));
}

const isText = (value) => typeof value === 'string';
const isRow = (row) => row && isText(row.what) && row.what && isText(row.against) && row.against;

function verifiedOf(provider) {
  const file = `tests/contract/${provider}/verified.json`;
  if (!fs.existsSync(path.join(root, file))) {
    faults.push(`${file} is missing: what was verified of ${provider}, and against what?`);
    return null;
  }
  let data;
  try {
    data = JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
  } catch (error) {
    faults.push(`${file}: ${error.message}`);
    return null;
  }
  const wrong = (what) => faults.push(`${file}: ${what}`);
  if (data.provider !== provider) wrong(`"provider" is not "${provider}"`);
  for (const name of ['auth', 'signature', 'limits']) if (!isText(data[name])) wrong(`"${name}" is no text`);
  if (!Array.isArray(data.verified) || !data.verified.length || !data.verified.every(isRow)) wrong('"verified" is no list of {"what","against"}');
  if (!Array.isArray(data.not_verified) || !data.not_verified.every(isText)) wrong('"not_verified" is no list of texts');
  for (const name of Object.keys(data)) {
    if (!['provider', 'auth', 'signature', 'limits', 'verified', 'not_verified', 'suites'].includes(name)) wrong(`what is "${name}"?`);
  }
  return data;
}

// Its own contract tests, and those of others that it names because they run it.
function suitesOf(provider, data) {
  const folder = path.join(root, 'tests/contract', provider);
  const own = fs.readdirSync(folder).filter((name) => /(_test\.cpp|\.test\.mjs)$/.test(name)).sort().map((name) => `tests/contract/${provider}/${name}`);
  const others = data.suites ?? [];
  for (const suite of others) if (!fs.existsSync(path.join(root, suite))) faults.push(`tests/contract/${provider}/verified.json: there is no suite ${suite}`);
  if (!own.length && !others.length) faults.push(`${provider} has no contract tests: nothing in tests/contract/${provider}, no "suites" named`);
  return [...own, ...others];
}

const list = (values) => values.map((value) => `\`${value}\``).join(', ');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function part(provider, manifest, data, suites) {
  const lines = [`## ${manifest.name}`, '', manifest.description ?? '', '', '| | |', '|---|---|'];
  const row = (name, text) => { if (text) lines.push(`| ${name} | ${cell(text)} |`); };
  row('in `commsd.yaml`', [provider, ...(manifest.presets ?? []).map((preset) => preset.provider)].map((name) => `\`use: ${name}\``).join(', '));
  row('status', manifest.status === 'active' ? '' : manifest.status);
  for (const slot of manifest.slots) row(`${slot.id.replace(/^comms\.|\/\d+$/g, '')} (${slot.class})`, list(slot.ops));
  row('connects to', list((manifest.egress ?? []).filter((origin) => !origin.startsWith('config:'))));
  row('webhooks', list((manifest.webhooks ?? []).map((hook) => `${hook.methods.join('/')} ${hook.path}`)));
  row('credentials', data.auth);
  row('webhook signature', data.signature);
  row('limits', data.limits);
  for (const { what, against } of data.verified) row('verified', `${what}, against ${against}`);
  for (const text of data.not_verified) row('not verified', text);
  row('suites', list(suites));
  return lines.join('\n');
}

const providers = fs.readdirSync(path.join(root, 'plugins')).filter((name) => fs.existsSync(path.join(root, 'plugins', name, 'plugin.yaml'))).sort();
const parts = [];
const table = [];
for (const provider of providers) {
  const manifest = manifestOf(provider);
  const data = verifiedOf(provider);
  if (!data) continue;
  const suites = suitesOf(provider, data);
  if (faults.length) continue;
  const slots = manifest.slots.map((slot) => slot.id.replace(/^comms\.|\/\d+$/g, ''));
  const anchor = manifest.name.toLowerCase().replace(/[^a-z0-9 -]/g, '').replaceAll(' ', '-');
  table.push(`| [${manifest.name}](#${anchor}) | \`${provider}\` | ${slots.join(', ')} | ${suites.length} |`);
  parts.push(part(provider, manifest, data, suites));
}
if (faults.length) {
  console.error(faults.join('\n'));
  process.exit(1);
}

const text = `# Providers

What ships with commsd, what each can do, and what of it was verified against what. Written by
\`scripts/providers-page.mjs\` from the manifests and from \`tests/contract/*/verified.json\`; the suites
named are part of \`./test.sh\`, which fails when one of them does.

| provider | \`use:\` | slots | suites |
|---|---|---|---|
${table.join('\n')}

${parts.join('\n\n')}
`;

if (process.argv[2] === '--check') {
  const now = fs.existsSync(page) ? fs.readFileSync(page, 'utf8') : '';
  if (now !== text) {
    const at = text.split('\n').findIndex((line, i) => line !== now.split('\n')[i]);
    console.error(`docs/providers.md is not what the manifests say, from line ${at + 1}; run scripts/providers-page.mjs`);
    process.exit(1);
  }
  console.log(`docs/providers.md: ${providers.length} providers`);
} else {
  fs.writeFileSync(page, text);
  console.log(`docs/providers.md: ${providers.length} providers written`);
}
