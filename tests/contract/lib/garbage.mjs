// What a vendor's servers answer on a bad day, to any call that may cost money. Whatever comes, the
// provider ends the call once, says that it may have happened unless it surely did not, shows no
// secret, and has asked once only: what was lost is looked up by the host, never sent again.
import assert from 'node:assert/strict';

const HTML = Buffer.from('<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>');
const html = { 'content-type': 'text/html' };

/** Each { name, fault (of lib/front.mjs), done: whether the vendor did it }. */
export const badDays = [
  { name: 'truncated JSON', fault: { raw: '{"id":"abc', rawStatus: 200 }, done: true },
  { name: '200 with an empty body', fault: { raw: '', rawStatus: 200 }, done: true },
  { name: '200 with an HTML page', fault: { raw: HTML, rawStatus: 200, headers: html }, done: true },
  { name: '200 with JSON of another kind', fault: { raw: '[[],null,"x"]', rawStatus: 200 }, done: true },
  { name: '200 with bytes that are no text', fault: { raw: Buffer.from([0xff, 0xfe, 0, 0x80]), rawStatus: 200 }, done: true },
  { name: 'an answer of 9 MB', fault: { raw: Buffer.alloc(9 * 1024 * 1024, 0x20), rawStatus: 200 }, done: true },
  { name: '502 with an HTML page', fault: { status: 502, body: HTML, headers: html }, done: false },
  { name: '500 having done it', fault: { status: 500, after: true, body: HTML, headers: html }, done: true },
  { name: 'no answer', fault: { hang: 'after' }, done: true, limitMs: 1500 },
  { name: 'a reset after the request', fault: { drop: 'after' }, done: true },
];

/**
 * Plays every bad day on one command. `count()` says how often the vendor did it so far; `match` is
 * the request that misbehaves; `secrets` are texts that may stand in no answer; `repeats` true for a
 * command with an idempotency key, which the vendor may see again without doing it twice; `prepare`
 * comes before every day, e.g. to take back what the last one left.
 */
export async function playBadDays(t, { driver, mock, command, match, count, secrets, repeats = false, prepare = () => {} }) {
  for (const day of badDays) {
    await t.test(day.name, async () => {
      mock.clearFaults();
      prepare();
      const before = count();
      mock.fault({ match, ...day.fault, ...(repeats ? { times: 10 } : {}) });
      const answer = await driver.ask({ ...command, limitMs: day.limitMs ?? 20_000 });
      mock.clearFaults();
      assert.ok(count() - before <= 1, 'done at most once');
      assert.ok(answer.error, `is an error, was ${JSON.stringify(answer)}`);
      // With a key the same may be asked again, which is what unavailable says.
      const classes = day.done && !repeats ? ['ambiguous'] : ['ambiguous', 'unavailable'];
      assert.ok(classes.includes(answer.error.code), `${answer.error.code}: ${answer.error.message}`);
      assert.ok(answer.error.message.length > 0);
      const shown = JSON.stringify(answer);
      for (const secret of secrets) assert.ok(!shown.includes(secret), 'shows no secret');
      assert.ok(shown.length < 4096, 'shows no page');
    });
  }
}
