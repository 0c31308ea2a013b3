// run.mjs <build folder> <page.md> [folder of commsd and commsctl] [folder of plugins]
// Runs every ```sh block of the page in one shell, in an empty folder; a line of an ```output block
// must stand in what the blocks before it printed. ```console is for readers only.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const [build, page, binaries = path.join(build, 'bin'), plugins = path.join(build, 'plugins')] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'guide-'));
const prefix = path.join(work, 'prefix');

const port = await new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const found = probe.address().port;
    probe.close(() => resolve(found));
  });
});

// The page speaks of an installed system; here that is the build.
const here = (text) => text.replaceAll('/usr/lib/commsd/plugins', plugins).replaceAll('127.0.0.1:3100', `127.0.0.1:${port}`);

const blocks = [...fs.readFileSync(page, 'utf8').matchAll(/^```(sh|output)\n(.*?)^```$/gms)].map(([, kind, text]) => ({ kind, text }));
if (!blocks.some((block) => block.kind === 'sh')) throw new Error(`${page} has no commands`);

let failed = 0;
try {
  execFileSync('cmake', ['--install', build, '--component', 'sdk', '--prefix', prefix], { stdio: 'ignore' });
  fs.mkdirSync(path.join(work, 'author'));
  // One shell, because the page changes folders; a mark after each block tells their output apart.
  const script = blocks.map((block, i) => (block.kind === 'sh' ? `${here(block.text)}\n` : '') + `echo "--- ${i}"\n`).join('');
  const output = await new Promise((resolve) => {
    const shell = spawn('sh', ['-eu', '-c', `exec 2>&1\n${script}`], {
      cwd: path.join(work, 'author'),
      env: { ...process.env, PATH: `${prefix}/bin:${binaries}:${process.env.PATH}`, CMAKE_PREFIX_PATH: prefix },
    });
    let text = '';
    shell.stdout.on('data', (piece) => { text += piece; });
    shell.on('close', (code) => {
      if (code !== 0) { failed += 1; console.error(`a command ended with ${code}:\n${text.slice(-4000)}`); }
      resolve(text);
    });
  });
  let from = 0;
  blocks.forEach((block, i) => {
    const mark = output.indexOf(`--- ${i}\n`, from);
    if (block.kind === 'sh' || failed) return;
    const before = output.slice(from, mark);
    from = mark;
    for (const line of block.text.split('\n').filter(Boolean)) {
      if (!before.includes(line)) { failed += 1; console.error(`the page promises "${line}"; printed was:\n${before.slice(-2000)}`); }
    }
  });
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
if (!failed) console.log(`${blocks.length} blocks as the page says`);
process.exit(failed ? 1 : 0);
