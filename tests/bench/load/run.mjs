// Loads one commsd over its wires; run.sh says how. Every figure comes with the CPU time of the
// server's process, because that is what a shared or slow machine changes least.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { agentToken, columns, legacySession, load, median, post, print, rssKb } from './lib.mjs';

const { values: options } = parseArgs({ options: {
  build: { type: 'string', default: 'build/release' },
  seconds: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '2' },
  streams: { type: 'string', default: '10000' },
  calls: { type: 'string', default: '0' },
  connections: { type: 'string', default: '1,16,64' },
  only: { type: 'string', default: 'start,health,ping,send,streams,calls' },
} });
process.env.COMMSD_BUILD = options.build;
const { Server, daemon, freePort, pluginFolder, sleep } = await import('../../e2e/lib/server.mjs');
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const wanted = new Set(options.only.split(','));

/** How long until GET /health is answered, asking every two milliseconds. */
function firstAnswer(port) {
  const began = process.hrtime.bigint();
  return new Promise((resolve) => {
    const ask = () => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'));
      socket.once('data', (data) => { socket.destroy(); if (data.toString().startsWith('HTTP/1.1 200')) resolve(Number(process.hrtime.bigint() - began) / 1e6); else setTimeout(ask, 2); });
      socket.once('error', () => setTimeout(ask, 2));
    };
    ask();
  });
}

async function startNginx(body) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-nginx-'));
  const port = await freePort();
  fs.writeFileSync(path.join(folder, 'nginx.conf'), `
worker_processes 2; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path ${folder}/1; proxy_temp_path ${folder}/2; fastcgi_temp_path ${folder}/3;
  uwsgi_temp_path ${folder}/4; scgi_temp_path ${folder}/5;
  server { listen 127.0.0.1:${port} reuseport; location /health { return 200 '${body}'; } }
}`);
  const child = spawn('nginx', ['-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
  await firstAnswer(port);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => { child.kill(); fs.rmSync(folder, { recursive: true, force: true }); } };
}

/** Opens event streams until `count` are open; returns the sockets. */
async function openStreams(server, token, count, sockets) {
  const open = () => new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(
      `GET /sse HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`));
    let seen = '';
    const first = (data) => {
      seen += data;
      if (!seen.includes('endpoint')) return;
      socket.off('data', first);
      socket.resume();
      resolve(socket);
    };
    socket.on('data', first);
    socket.on('error', () => {});
    socket.once('close', () => reject(new Error(`a stream was refused: ${seen.slice(0, 200)}`)));
  });
  while (sockets.length < count) {
    const batch = await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, open));
    sockets.push(...batch);
  }
}

/** A folder with the plugins and with as many more that are copies of the sandbox under other names. */
function pluginsAndCopies(copies) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-plugins-'));
  for (const file of fs.readdirSync(pluginFolder).filter((name) => name.endsWith('.so'))) fs.copyFileSync(path.join(pluginFolder, file), path.join(folder, file));
  const sandbox = fs.readFileSync(path.join(folder, 'sandbox.so'), 'latin1');
  for (let number = 1; number <= copies; ++number) {
    const renamed = sandbox.replaceAll('sandbox', `sandbo${number}`).replace(`"status":"sandbo${number}"`, '"status":"sandbox"');
    fs.writeFileSync(path.join(folder, `sandbo${number}.so`), renamed, { encoding: 'latin1', mode: 0o755 });
  }
  return folder;
}

/** Memory of an idle server with ten plugins in its folder, eight of them loaded. */
async function tenPlugins() {
  const folder = pluginsAndCopies(5);
  const idle = await Server.prepare({ change: (config) => {
    config.logging = { level: 'warn' };
    config.plugins.path = [folder];
    for (const slot of ['whatsapp', 'tts', 'stt', 'voice']) config.providers[slot] = { use: 'sandbox' };
    config.providers.telephony = { use: 'sandbox', fallback: ['sandbo1', 'sandbo2', 'sandbo3'] };
    config.providers.email = { use: 'sandbox', fallback: ['sandbo4', 'sandbo5'] };
    config.providers.storage = { use: 'local', config: { root: 'media' } };
  } });
  try {
    await idle.start();
    await sleep(1000);
    const states = (await idle.ctl('plugins', '--json')).plugins;
    const status = fs.readFileSync(`/proc/${idle.child.pid}/status`, 'utf8');
    const own = Number(/RssAnon:\s+(\d+)/.exec(status)[1]);
    print(['resident, idle, ten plugins', `${(rssKb(idle.child.pid) / 1024).toFixed(1)} MB`, `own ${(own / 1024).toFixed(1)} MB`,
      `${new Set(states.filter((s) => s.status === 'healthy').map((s) => s.name)).size} loaded`]);
  } finally {
    await idle.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const server = await Server.prepare({ change: (config) => {
  config.server.limits = { connections: 18_000, connections_per_address: 18_000 };
  config.logging = { level: 'warn' };
  config.compliance = { enforce: 'never' }; // nobody here agreed to anything
  config.limits = { actions_per_minute: 1_000_000, actions_per_hour: 10_000_000, actions_per_day: 100_000_000, spend_per_day: 1_000_000, spend_per_month: 10_000_000 };
  config.providers.database.config.path = 'commsd.db';
  for (const slot of ['telephony', 'whatsapp', 'email', 'tts', 'stt', 'voice']) config.providers[slot] = { use: 'sandbox' };
  config.providers.storage = { use: 'local', config: { root: 'media' } };
} });
let nginx;
try {
  console.log(`${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, load ${os.loadavg().map((l) => l.toFixed(1)).join(' ')}, ${daemon}`);
  print(['', 'rate', 'p50', 'p99', 'CPU/request']);

  const starts = [];
  for (let round = 0; round < (wanted.has('start') ? 6 : 1); ++round) {
    if (round > 0) await server.stop();
    const answered = firstAnswer(server.port);
    await server.start({ wait: false });
    starts.push(await answered);
    await server.ready();
  }
  let pid = server.child.pid;
  await sleep(1000);
  if (wanted.has('start')) {
    print(['first start to first answer', `${starts[0].toFixed(0)} ms`]);
    print(['later starts, median of 5', `${median(starts.slice(1)).toFixed(0)} ms`]);
    print(['resident, idle', `${(rssKb(pid) / 1024).toFixed(1)} MB`]);
    await tenPlugins();
  }

  const token = await agentToken(server);
  const session = await legacySession(server, token);
  const body = await (await fetch(`${server.url}/health`)).text();
  await load(server.url, pid, 16, { token, what: 'ping', wire: 'modern' }, 2); // warm

  if (wanted.has('health')) {
    nginx = await startNginx(body);
    for (let round = 0; round < rounds; ++round) {
      const theirs = await load(nginx.url, nginx.pid, 64, {}, seconds);
      const ours = await load(server.url, pid, 64, {}, seconds);
      print(['nginx GET /health, 64', ...columns(theirs)]);
      print(['commsd GET /health, 64', ...columns(ours), `${(ours.rate / theirs.rate).toFixed(2)}x nginx`]);
    }
    nginx.stop();
    nginx = undefined;
  }
  if (wanted.has('ping')) {
    for (let round = 0; round < rounds; ++round) {
      for (const wire of ['modern', 'legacy']) {
        print([`comms_ping, ${wire}, 64`, ...columns(await load(server.url, pid, 64, { token, what: 'ping', wire, session }, seconds))]);
      }
    }
  }
  if (wanted.has('send')) {
    let answered = 0;
    for (const connections of options.connections.split(',').map(Number)) {
      for (let round = 0; round < rounds; ++round) {
        const sent = await load(server.url, pid, connections, { token, what: 'send', wire: 'modern' }, seconds);
        answered += sent.answered;
        print([`comms_send_message, ${connections}`, ...columns(sent)]);
      }
    }
    const stored = Number(execFileSync('sqlite3', [server.databaseFile, 'SELECT count(*) FROM messages;'], { encoding: 'utf8' }));
    print(['answered / stored', answered, stored]);
    const megabytes = (file) => `${(fs.statSync(file).size / 1048576).toFixed(0)} MB`;
    print(['database, its log', megabytes(server.databaseFile), megabytes(`${server.databaseFile}-wal`)]);
    if (stored < answered) throw new Error('messages were confirmed that are not in the database');
  }
  if (wanted.has('calls') && Number(options.calls) > 0) {
    let done = 0;
    let early;
    while (done < Number(options.calls)) {
      done += (await load(server.url, pid, 16, { token, what: 'ping', wire: 'modern' }, 10)).answered;
      early ??= rssKb(pid);
    }
    print([`resident after ${(done / 1e6).toFixed(2)} million calls`, `${(rssKb(pid) / 1024).toFixed(1)} MB`, `was ${(early / 1024).toFixed(1)}`]);
  }
  if (wanted.has('streams')) {
    // Afresh: memory that the runs above left free would hide what streams take.
    await server.stop();
    await server.start();
    pid = server.child.pid;
    const ping = { token, what: 'ping', wire: 'modern' };
    // Long enough to see the streams' keep-alives (every 15 s) in each round.
    const several = async (name) => {
      const results = [];
      for (let round = 0; round < rounds; ++round) {
        results.push(await load(server.url, pid, 16, ping, Math.max(seconds, 8)));
        print([name, ...columns(results.at(-1))]);
      }
      return median(results.map((result) => result.p99));
    };
    const without = await several('comms_ping, modern, 16');
    const sockets = [];
    const before = rssKb(pid);
    for (let count = 1000; count <= Number(options.streams); count += 1000) {
      await openStreams(server, token, count, sockets);
      if (count % 2000 === 0 || count === 1000) print([`resident with ${count} idle /sse`, `${(rssKb(pid) / 1024).toFixed(1)} MB`, `${((rssKb(pid) - before) / count).toFixed(2)} KB each`]);
    }
    const beside = await several(`comms_ping beside ${sockets.length} streams`);
    print(['p99 beside them', `${(beside / without).toFixed(2)}x`]);
    for (const socket of sockets) { socket.removeAllListeners('close'); socket.destroy(); }
    await sleep(1500);
    print(['resident after they left', `${(rssKb(pid) / 1024).toFixed(1)} MB`]);
  }
} finally {
  nginx?.stop();
  await server.dispose();
}
