// SIGTERM under load: the server finishes what it began, exits 0, and nothing is left in doubt.
//   node drain.mjs [--stops 5] [--rate 200]
import assert from 'node:assert/strict';
import test from 'node:test';
import { World } from '../e2e/lib/world.mjs';
import { sleep } from '../e2e/lib/server.mjs';
import { audit } from './lib/audit.mjs';
import { Load } from './lib/load.mjs';
import { options } from './lib/options.mjs';

const { stops, rate } = options({ stops: 5, rate: 200 });

test(`SIGTERM x${stops} under ${rate} msg/s`, { timeout: 120_000 + stops * 30_000 }, async () => {
  const world = await World.start();
  let load;
  try {
    const agents = [await world.agent(), await world.agent()];
    world.twilio.setLatency(20);
    load = new Load(world, agents, { rate });
    load.start();
    let underWay = 0;
    for (let i = 0; i < stops; i++) {
      await sleep(500 + Math.random() * 1000);
      const sent = load.calls.filter((c) => c.state === 'asking' && c.asks === 1 && c.sent);
      underWay += sent.length;
      const at = Date.now();
      const exit = await world.server.stop({ withinMs: 10_000 });
      assert.deepEqual(exit, { code: 0, signal: null }, `stop ${i + 1} took ${Date.now() - at} ms`);
      // A request that was in the server's socket when the signal came is answered, not cut.
      const cut = sent.filter((c) => c.errors.length > 0);
      assert.equal(cut.length, 0, `cut: ${cut.slice(0, 3).map((c) => `${c.errors[0].text} (begun ${at - c.begun} ms before)`)}`);
      await world.server.start();
    }
    assert.ok(underWay > 0, 'no request was under way at any stop');
    await sleep(500);
    await load.finish();
    await audit(world, load, { unknownAllowed: 0 });
  } finally {
    load?.abandon();
    await world.dispose();
  }
});
