// Measures commsd beside other MCP servers; run.sh says how. All servers of a part run at once and
// take turns under load, so that what the machine does meanwhile falls on all of them.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const { values: options } = parseArgs({ options: {
  build: { type: 'string', default: 'build/release' },
  only: { type: 'string', default: 'ping,tool,list,streams,calls' },
  seconds: { type: 'string', default: '2' },
  rounds: { type: 'string', default: '3' },
  connections: { type: 'string', default: '1,16,64' },
  servers: { type: 'string', multiple: true, default: [''] },
  streams: { type: 'string', default: '10000' },
  calls: { type: 'string', default: '1000000' },
} });
process.env.COMMSD_BUILD = options.build;
const { freePort, sleep } = await import('../../e2e/lib/server.mjs');
const { peers, startPeer } = await import('./peers.mjs');
const { startCommsd, wires } = await import('./commsd.mjs');
const rpc = await import('./rpc.mjs');

const execute = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-peers-'));
const isWanted = ({ name }) => options.servers.some((beginning) => name.startsWith(beginning));

const cpuMicros = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000; // utime + stime in 1/100 s
};
const rssKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const mb = (kb) => (kb / 1024).toFixed(1);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const row = (columns) => console.log(`| ${columns.join(' | ')} |`);
function heading(...columns) {
  console.log('');
  row(columns);
  row(columns.map((_, column) => (column === 0 ? '---' : '--:')));
}

/** Where each connection's requests go: {path, headers}; for /sse the answers are counted here. */
async function openTargets(server, operation, count) {
  const targets = [];
  const counter = { messages: 0 };
  const sockets = [];
  for (let number = 0; number < (server.wire === 'modern' ? 1 : count); ++number) {
    if (server.wire === 'sse') {
      const { socket, seen } = await rpc.openStream(server.port, 'GET', server.ssePath, server.headers, { first: 'data: ' });
      const endpoint = new URL(/data: ?(\S+)/.exec(seen)[1], `http://127.0.0.1:${server.port}`);
      rpc.countMessages(socket, counter);
      sockets.push(socket);
      const target = { path: endpoint.pathname + endpoint.search, headers: server.headers };
      await rpc.post(server.port, target.path, target.headers, { jsonrpc: '2.0', id: 1, method: 'initialize',
        params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } } });
      await rpc.post(server.port, target.path, target.headers, { jsonrpc: '2.0', method: 'notifications/initialized' });
      targets.push(target);
    } else {
      const session = server.wire === 'legacy' ? await rpc.openSession(server.port, server.headers) : undefined;
      targets.push({ path: server.postPath, headers: { ...server.headers, ...rpc.wireHeaders(operation, server.wire, session) } });
    }
  }
  return { targets, counter, close: () => { for (const socket of sockets) socket.destroy(); } };
}

/**
 * A figure for a server that refuses would be worthless: some answers are read before and after.
 * Returns the bytes of one, undefined on /sse.
 */
async function checkAnswers(server, operation, { targets, counter }) {
  let size;
  for (const target of targets.slice(0, 4)) {
    const counted = counter.messages;
    const reply = await rpc.post(server.port, target.path, target.headers, { ...rpc.messageOf(operation, server.wire), id: 7 });
    if (server.wire === 'sse') {
      for (let tries = 0; counter.messages === counted && tries < 100; ++tries) await sleep(10);
      if (counter.messages === counted) throw new Error(`${server.name} ${operation.method}: no answer on the stream`);
    } else if (!reply.message?.result || (reply.message.result.isError && !server.errorIsAnswer)) {
      throw new Error(`${server.name} ${operation.method}: HTTP ${reply.status} ${reply.text.slice(0, 500)}`);
    } else {
      size = Buffer.byteLength(reply.text);
    }
  }
  return size;
}

/** One wrk run over `opened`; rate and CPU by what was answered. */
async function load(server, operation, connections, opened, seconds = Number(options.seconds)) {
  const body = JSON.stringify(rpc.messageOf(operation, server.wire)).slice(0, -1);
  const [front, back] = [`${body},"id":`, '}'];
  const length = front.length + 10 + back.length;
  const heads = opened.targets.map(({ path: where, headers }) => `POST ${where} HTTP/1.1\r\n${Object.entries({ Host: `127.0.0.1:${server.port}`, ...rpc.jsonHeaders, ...headers,
    'Content-Length': length }).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  const plan = path.join(scratch, 'plan.lua');
  fs.writeFileSync(plan, `return {heads={${heads.map((head) => JSON.stringify(head)).join(',')}},front=${JSON.stringify(front)},back=${JSON.stringify(back)}}\n`);
  const counted = opened.counter.messages;
  const before = cpuMicros(server.pid);
  const { stdout } = await execute('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s', '-s', path.join(here, 'call.lua'),
    `http://127.0.0.1:${server.port}/`, '--', plan], { maxBuffer: 1 << 20 });
  const used = cpuMicros(server.pid) - before;
  const result = JSON.parse(/^RESULT (.*)$/m.exec(stdout)[1]);
  if (result.refused > 0 || result.socket_errors > 0) console.log(`! ${server.name}: ${result.refused} refused, ${result.socket_errors} socket errors`);
  const answered = server.wire === 'sse' ? opened.counter.messages - counted : result.requests;
  return { ...result, answered, rate: answered / (result.us / 1e6), cpu: used / Math.max(answered, 1), rss: rssKb(server.pid) };
}

/** Starts every wanted server that has `operation`, runs `use` on them, and stops them. */
async function withServers(operation, use) {
  const running = [];
  try {
    const own = wires.filter((wire) => isWanted(wire) && wire.operations[operation]);
    if (own.length > 0) {
      const commsd = await startCommsd();
      running.push(commsd);
      running.push(...own.map((wire) => ({ ...commsd, ...wire, stop: () => {} })));
    }
    for (const peer of peers.filter((each) => isWanted(each) && each.operations[operation])) running.push(await startPeer(peer, await freePort()));
    await use(running.filter((server) => server.name));
  } finally {
    for (const server of running) await server.stop();
  }
}

async function measureOperation(operation) {
  await withServers(operation, async (servers) => {
    const cells = new Map();
    const counts = options.connections.split(',').map(Number);
    for (const server of servers) { // warm: compilers at run time, first allocations
      const opened = await openTargets(server, server.operations[operation], 16);
      server.answerBytes = await checkAnswers(server, server.operations[operation], opened);
      await load(server, server.operations[operation], 16, opened, 1);
      opened.close();
    }
    for (let round = 0; round < Number(options.rounds); ++round) {
      for (const connections of counts) {
        for (const server of servers) {
          const opened = await openTargets(server, server.operations[operation], connections);
          const key = `${server.name} ${connections}`;
          if (!cells.has(key)) cells.set(key, []);
          const run = await load(server, server.operations[operation], connections, opened);
          // A round with refusals is no figure. On /sse it means that this program read too slowly on
          // a busy machine: wrk waits for the 202 only, and a server then cuts the stream.
          if (run.refused === 0) {
            await checkAnswers(server, server.operations[operation], opened);
            cells.get(key).push(run);
          }
          opened.close();
        }
      }
    }
    for (const connections of counts) {
      heading(`${operation}, ${connections} connections`, 'rate/s', 'p50 ms', 'p99 ms', 'CPU/request us', 'resident MB', 'answer bytes');
      for (const server of servers) {
        const runs = cells.get(`${server.name} ${connections}`);
        if (runs.length === 0) {
          row([server.name, 'refused in every round', ...Array(5).fill('-')]);
          continue;
        }
        const middle = (field) => median(runs.map((run) => run[field]));
        const rates = runs.map((run) => Math.round(run.rate));
        // On /sse wrk sees the 202 only, so its times are not the answers'.
        const times = server.wire === 'sse' ? ['-', '-'] : [(middle('p50') / 1000).toFixed(2), (middle('p99') / 1000).toFixed(2)];
        row([server.name, `${Math.round(middle('rate'))} (${Math.min(...rates)}-${Math.max(...rates)})`, ...times, middle('cpu').toFixed(1), mb(middle('rss')), server.answerBytes ?? '-']);
      }
    }
  });
}

const listen = rpc.messageOf({ method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } }, 'modern');
const idleStreams = {
  sse: (server) => rpc.openStream(server.port, 'GET', '/sse', server.headers, { first: 'data: ' }),
  legacy: async (server) => rpc.openStream(server.port, 'GET', '/mcp', { ...server.headers, ...rpc.wireHeaders({}, 'legacy', await rpc.openSession(server.port, server.headers)) }),
  modern: (server, number) => rpc.openStream(server.port, 'POST', '/mcp', { ...server.headers, ...rpc.jsonHeaders, ...rpc.wireHeaders({ method: 'subscriptions/listen' }, 'modern') },
    { body: JSON.stringify({ ...listen, id: number }), first: 'acknowledged' }),
};

/** Each server afresh, since memory that earlier work left free would hide what streams take. */
async function measureStreams() {
  heading('idle streams', 'resident before MB', 'with 1,000', `with ${options.streams}`, 'MB per 1,000, first', 'MB per 1,000, all');
  const most = Number(options.streams);
  for (const candidate of [...wires, ...peers].filter(isWanted)) {
    if (candidate.streams === false) continue;
    const server = candidate.command ? await startPeer(candidate, await freePort()) : { ...await startCommsd(), ...candidate };
    const sockets = [];
    const sizes = [rssKb(server.pid)];
    try {
      for (const goal of [1000, most]) {
        while (sockets.length < goal) {
          const first = sockets.length;
          const batch = await Promise.all(Array.from({ length: Math.min(50, goal - first) }, (_, index) => idleStreams[server.wire](server, first + index)));
          sockets.push(...batch.map((stream) => stream.socket));
        }
        await sleep(2000);
        sizes.push(rssKb(server.pid));
      }
      const open = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
      row([server.name + (open < most ? ` (${most - open} were closed meanwhile)` : ''), ...sizes.map(mb), mb(sizes[1] - sizes[0]), mb((sizes[2] - sizes[0]) * 1000 / most)]);
    } catch (error) {
      row([server.name, ...sizes.map(mb), `ended at ${sockets.length}: ${error.message.replace(/\s+/g, ' ').slice(0, 120)}`]);
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.stop();
    }
  }
}

async function measureCalls() {
  const goal = Number(options.calls);
  heading('tool calls, 16 connections', 'calls', 'resident after 50,000 MB', 'after half', 'at the end');
  await withServers('tool', async (servers) => {
    for (const server of servers) {
      const operation = server.operations.tool;
      let opened = await openTargets(server, operation, 16);
      const sizes = [];
      let done = 0;
      // A slow server gets no hours: it stops after a minute per million, and its row says how far it came.
      const end = Date.now() + 0.06 * goal;
      for (const step of [50_000, goal / 2, goal]) {
        while (done < step && Date.now() < end) {
          const run = await load(server, operation, 16, opened, step === 50_000 ? 1 : 5);
          done += run.answered - (server.wire === 'sse' ? 0 : run.refused);
          if (run.refused === 0) continue;
          opened.close();
          opened = await openTargets(server, operation, 16);
        }
        sizes.push(rssKb(server.pid));
      }
      await checkAnswers(server, operation, opened);
      opened.close();
      row([server.name, done, ...sizes.map(mb)]);
    }
  });
}

try {
  console.log(`${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, load ${os.loadavg().map((average) => average.toFixed(1)).join(' ')}, Node.js ${process.version}`);
  for (const part of options.only.split(',')) {
    if (part === 'streams') await measureStreams();
    else if (part === 'calls') await measureCalls();
    else await measureOperation(part);
  }
  console.log(`\nload at the end ${os.loadavg().map((average) => average.toFixed(1)).join(' ')}`);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
process.exit(process.exitCode ?? 0);
