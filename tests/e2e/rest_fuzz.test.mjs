// Walks every operation of the OpenAPI document with valid and invalid input, as every role and without a
// token. COMMSD_FUZZ_SEED names the seed (a failure prints it), COMMSD_FUZZ_SECONDS the time.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { World, personUs } from './lib/world.mjs';
import { callModern } from './lib/client.mjs';
import { callRest, openapi, operations } from './lib/rest.mjs';

const seed = Number(process.env.COMMSD_FUZZ_SEED ?? 20261125);
const seconds = Number(process.env.COMMSD_FUZZ_SECONDS ?? 25);
const rounds = 400;
const nasty = ['', ' ', '\u0000', '\r\nX-Header: 1', "' OR 1=1 --", '../../etc/passwd', '${jndi:x}', '<script>', '\u202eabc', '😀'.repeat(20), 'e\u0301', 'null', 'true', '-1', '1e999', '%00', '%2e%2e', 'x'.repeat(5000)];

/** Values that mostly satisfy a schema, ids taken from `ids`. */
function valid(schema, name, ids) {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const type = [schema.type].flat().filter((t) => t !== 'null')[0];
  switch (type) {
    case 'object': return record(schema, ids, 0.5);
    case 'array': return fc.array(valid(schema.items ?? {}, name, ids), { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) });
    case 'integer': case 'number': {
      // Waiting is what these tools are for; here it would only take the time.
      if (/timeout|seconds/i.test(name)) return fc.constant(schema.minimum ?? 1);
      const min = Math.ceil(schema.minimum ?? 0), max = Math.floor(schema.maximum ?? 1000);
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
    }
    case 'boolean': return fc.boolean();
    case 'string': {
      const texts = [fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) })];
      if (/id$/i.test(name)) texts.push(fc.constantFrom(...ids), fc.constantFrom(...ids));
      if (schema.format === 'email') return fc.emailAddress();
      if (schema.format === 'uri') return fc.webUrl({ validSchemes: ['https'] });
      if (schema.format === 'date-time') return fc.date({ min: new Date('2026-12-01'), max: new Date('2027-12-01'), noInvalidDate: true }).map((d) => d.toISOString());
      if (schema.format === 'e164' || /^(to|target|contact|.*(phone|number|address))$/i.test(name)) texts.push(fc.integer({ min: 0, max: 99 }).map(personUs), fc.constant('someone@example.com'));
      return fc.oneof(...texts);
    }
    default: return fc.jsonValue({ maxDepth: 2 });
  }
}

const anything = () => fc.oneof(fc.constantFrom(...nasty), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }));

function record(schema, ids, optional) {
  const required = schema.required ?? [];
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'confirmToken').map(([name, inner]) => {
    const value = valid(inner, name, ids);
    // What is left out waits its default, which may be long.
    const always = required.includes(name) || /timeout/i.test(name);
    return fc.tuple(fc.constant(name), always ? value : fc.option(value, { nil: undefined, freq: Math.round(1 / (1 - optional)) }));
  });
  return fc.tuple(...members).map((pairs) => Object.fromEntries(pairs.filter(([, v]) => v !== undefined)));
}

/** Arguments of one operation: mostly valid ones, the rest with one fault or entirely wrong. */
function input(op, ids) {
  const good = record(op.schema, ids, 0.5);
  const names = Object.keys(op.schema.properties);
  const faults = [fc.tuple(good, anything()).map(([args, value]) => ({ ...args, noSuchArgument: value }))];
  if (names.length > 0) {
    faults.push(fc.tuple(good, fc.constantFrom(...names), anything(), fc.constantFrom(...nasty)).map(([args, name, value, text]) => ({ ...args, [name]: /timeout/i.test(name) ? text : value })));
    faults.push(fc.tuple(good, fc.constantFrom(...names)).map(([args, name]) => Object.fromEntries(Object.entries(args).filter(([n]) => n !== name || /timeout/i.test(n)))));
  }
  return fc.oneof({ arbitrary: good.map((args) => ({ args })), weight: 3 }, { arbitrary: fc.oneof(...faults).map((args) => ({ args })), weight: 3 },
    { arbitrary: op.method === 'GET' ? fc.oneof(...faults).map((args) => ({ args })) : fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.json(), fc.constantFrom('', '{', '[]', 'null', '{"a":1,"a":2}', '['.repeat(500))).map((raw) => ({ args: {}, raw })), weight: 1 });
}

/** In the path no test can put nothing, nor what HTTP clients take as another path or the server as an attack on it. */
const inPath = (op, args) => ({ ...args, ...Object.fromEntries(op.inPath.map((name) => [name, String(args[name] ?? '').replace(/[^\x21-\x7e]|[/\\.%]/g, 'x').slice(0, 200) || 'none'])) });

describe(`every operation, fuzzed (COMMSD_FUZZ_SEED=${seed})`, () => {
  let world;
  let known;
  let document;
  let callers;
  let ajv;
  before(async () => {
    world = await World.start();
    const agent = await world.agent({ displayName: 'Fuzzed' });
    // What destructive operations may take: the token of `agent` has to last.
    const spare = await world.agent({ displayName: 'Spare' });
    const { messageId } = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(950), body: 'first' });
    callers = { agent: agent.token, organization: world.adminToken, orchestrator: await world.server.token('orchestrator'), nobody: '' };
    document = await openapi(world.server);
    known = operations(document).filter((o) => !o.isPublic);
    ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    for (const op of known) op.ids = op.destructive ? [spare.id, 'agt_none'] : [agent.id, spare.id, messageId, world.organization, 'agt_none', 'msg_none'];
  });
  after(() => world?.dispose());

  const answerSchema = (op, status) => {
    const pointer = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
    if (status !== 200) return ajv.getSchema('api#/components/schemas/Error');
    return ajv.getSchema(`api#/paths/${pointer(op.path)}/${op.method.toLowerCase()}/responses/200/content/application~1json/schema`);
  };

  test('no 5xx, no unauthorised success, every answer as the document says', async () => {
    const end = Date.now() + seconds * 1000;
    const samples = new Map(known.map((op) => [op, fc.sample(input(op, op.ids), { seed, numRuns: rounds })]));
    const counts = {};
    let calls = 0;
    const check = async (op, role, { args, raw }) => {
      const sent = inPath(op, args);
      const answer = await callRest(world.server, callers[role], op, sent, { raw, signal: AbortSignal.timeout(30_000) })
        .catch((error) => assert.fail(`seed ${seed}: ${role} ${op.method} ${op.path} ${(raw ?? JSON.stringify(sent)).slice(0, 400)}: ${error}`));
      const what = `seed ${seed}: ${role} ${op.method} ${op.path} ${(raw ?? JSON.stringify(sent)).slice(0, 400)}: ${answer.status} ${answer.text.slice(0, 400)}`;
      assert.ok(answer.status < 500, what);
      if (role === 'nobody') assert.equal(answer.status, 401, what);
      else if (!op.roles.includes(role)) assert.equal(answer.status, 403, what);
      assert.ok(op.responses[answer.status], `not in the document: ${what}`);
      const fits = answerSchema(op, answer.status);
      assert.ok(fits, `no schema: ${what}`);
      assert.ok(fits(answer.body), `${JSON.stringify(fits.errors)}: ${what}`);
      const key = `${op.id} ${role}`;
      (counts[key] ??= new Set()).add(answer.status);
      calls++;
    };
    for (let round = 0; round < rounds && Date.now() < end; round++) {
      const turn = known.flatMap((op) => Object.keys(callers).map((role) => [op, role])).filter(([op, role]) => round < 3 || (role !== 'nobody' && op.roles.includes(role)));
      for (let at = 0; at < turn.length && Date.now() < end; at += 8) {
        await Promise.all(turn.slice(at, at + 8).map(([op, role]) => check(op, role, samples.get(op)[round])));
      }
    }
    const reached = known.flatMap((op) => Object.keys(callers).map((role) => `${op.id} ${role}`)).filter((key) => !counts[key]);
    assert.deepEqual(reached, [], `every operation was called as every role, in ${calls} calls`);
    assert.ok(known.some((op) => op.roles.some((role) => counts[`${op.id} ${role}`].has(200))));
    console.log(`# ${calls} calls of ${known.length} operations, seed ${seed}`);
  });

  test('the server is well afterwards', async () => {
    assert.equal((await callModern(world.server, callers.agent, 'comms_ping', { message: 'alive' })).echo, 'alive');
    assert.equal(await world.server.integrity(), 'ok');
    assert.equal(await world.server.auditChain(), 'ok');
    assert.ok(!/"level":"error"/.test(world.server.log()), world.server.log().split('\n').filter((l) => /"level":"error"/.test(l)).slice(0, 3).join('\n'));
  });
});
