// Peers that cost nothing or ought to cost nothing, on the HTTP front alone (bench_http_front):
// idle event streams, and peers that stop in the middle of a head, of a TLS record or of a
// WebSocket frame. What others feel is the time of keep-alive requests, asked one after another.
//   node front.mjs [--build build/release] [--streams 10000] [--peers 200] [--seconds 10]
// Needs bench_http_front and openssl.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: {
  build: { type: 'string', default: 'build/release' },
  streams: { type: 'string', default: '10000' },
  peers: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '10' },
} });
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const peers = Number(options.peers);
const seconds = Number(options.seconds);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const rssKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const print = (name, ...rest) => console.log(name.padEnd(44), ...rest.map((text) => String(text).padStart(12)));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-front-'));
const certificate = path.join(folder, 'certificate.pem');
const key = path.join(folder, 'key.pem');
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
  '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });

const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)); });
});
const tlsPort = await freePort();
const child = spawn(path.resolve(repository, options.build, 'tests/bench/bench_http_front'),
  ['0', '2', '3600', String(tlsPort), certificate, key], { stdio: ['ignore', 'pipe', 'inherit'] });
const { port } = await new Promise((resolve, reject) => {
  child.stdout.once('data', (data) => resolve(JSON.parse(data.toString().split('\n')[0])));
  child.once('exit', (code) => reject(new Error(`bench_http_front ended with ${code}`)));
});

/** Connects and, where `until` is given, waits for the answer that holds it. */
function connect(to, first, until) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(to, '127.0.0.1', () => { socket.write(first); if (!until) resolve(socket); });
    let seen = '';
    socket.on('data', (data) => { seen += data; if (until && seen.includes(until)) resolve(socket); });
    socket.once('error', reject);
  });
}

/** Opens `count` peers, a hundred at a time. */
async function open(count, one) {
  const all = [];
  while (all.length < count) all.push(...await Promise.all(Array.from({ length: Math.min(100, count - all.length) }, one)));
  return all;
}

const kinds = {
  'nobody else': async () => [],
  'heads that come a byte a second': async () => {
    const sockets = await open(peers, () => connect(port, 'GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: '));
    const timer = setInterval(() => sockets.forEach((socket) => socket.write('a')), 1000);
    return [...sockets, { destroy: () => clearInterval(timer) }];
  },
  'half a TLS hello': () => open(peers, () => connect(tlsPort, Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]))),
  '8 bytes of a TLS record': () => open(peers, () => new Promise((resolve, reject) => {
    const raw = net.connect(tlsPort, '127.0.0.1');
    const secure = tls.connect({ socket: raw, rejectUnauthorized: false }, () => {
      raw.write(Buffer.from([23, 3, 3, 0, 80, 1, 2, 3])); // around the encryption, as a hostile peer would
      resolve(raw);
    });
    secure.on('error', () => {});
    raw.once('error', reject);
  })),
  '3 bytes of a WebSocket frame': () => open(peers, async () => {
    const socket = await connect(port, 'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n', '\r\n\r\n');
    socket.write(Buffer.from([0x81, 0x85, 1]));
    return socket;
  }),
};

/** Requests one after another on `count` connections of both ports; the times in milliseconds. */
async function ask(count, forMs) {
  const times = [];
  const end = Date.now() + forMs;
  const secure = count / 2;
  await Promise.all(Array.from({ length: count }, (_, number) => new Promise((resolve, reject) => {
    const socket = number < secure ? tls.connect({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false })
      : net.connect(port, '127.0.0.1');
    let asked;
    let seen = '';
    const next = () => {
      if (Date.now() > end) { socket.destroy(); resolve(); return; }
      seen = '';
      asked = performance.now();
      socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    };
    socket.on(number < secure ? 'secureConnect' : 'connect', next);
    socket.on('data', (data) => {
      seen += data;
      if (!seen.endsWith('}')) return;
      times.push(performance.now() - asked);
      setTimeout(next, 5);
    });
    socket.on('error', reject);
  })));
  return times.sort((a, b) => a - b);
}

try {
  console.log(`${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, load ${os.loadavg().map((l) => l.toFixed(1)).join(' ')}`);
  // First, because memory that others left free would hide what streams take.
  const before = rssKb(child.pid);
  const streams = await open(Number(options.streams), () => connect(port, 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n', '\r\n\r\n'));
  const used = rssKb(child.pid) - before;
  print(`${streams.length} idle event streams`, `${(used / streams.length).toFixed(2)} KB each`);
  for (const socket of streams) { socket.removeAllListeners('error'); socket.on('error', () => {}); socket.destroy(); }
  await sleep(1000);
  await ask(16, 1000); // warm
  print(`${peers} peers with`, 'asked', 'p50 ms', 'p99 ms', 'longest ms');
  for (const [name, start] of Object.entries(kinds)) {
    const sockets = await start();
    await sleep(500);
    const times = await ask(16, seconds * 1000);
    const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(2);
    print(name, times.length, at(0.5), at(0.99), at(1));
    for (const socket of sockets) { socket.removeAllListeners?.('error'); socket.on?.('error', () => {}); socket.destroy(); }
    await sleep(500);
  }
} finally {
  child.removeAllListeners('exit');
  child.kill();
  fs.rmSync(folder, { recursive: true, force: true });
}
