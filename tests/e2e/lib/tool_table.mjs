// Plays the table of a tool: every row over MCP, through the official client, and over REST, and the two
// answers are one. What every tool has to refuse is in no file: those rows are made from its schema.
import assert from 'node:assert/strict';
import { changes } from './database.mjs';
import { callRest } from './rest.mjs';
import { connect, modern } from './client.mjs';
import { eventually } from './server.mjs';

export const roles = ['agent', 'organization', 'orchestrator'];
const roleOf = (caller) => roles.find((role) => caller.toLowerCase().includes(role)) ?? 'agent';

/** What differs between two calls that mean the same: ids, moments, numbers. */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, name === 'retryAfterSeconds' ? '<seconds>' : plain(v)]));
  if (typeof value !== 'string') return value;
  return value.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>').replace(/cmd_live_\w+/g, '<token>').replace(/whsec_[\w+/=]+/g, '<secret>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>').replace(/\b[a-z]{2,6}_[0-9A-Za-z]{8,}\b/g, '<id>')
    .replace(/\b(SM|MM|CA|PN|XE|HX)[0-9a-f]{32}\b/g, '<sid>').replace(/\+\d{7,15}/g, '<number>').replace(/(text|reminder|spare|slug|guest|named)[- ]\d+/gi, '$1 <n>');
}

/** {kind: result | failed | refused | unknown | http, document}, whichever wire. */
async function overMcp(stage, caller, tool, args) {
  if (!stage.tokens[caller]) { // no client of the SDK connects without a token
    const { status } = await modern(stage.world.server, '', 'tools/call', { name: tool, arguments: args });
    return { kind: 'http', status };
  }
  try {
    const client = stage.clients[caller] ?? await connect(stage.world.server, stage.tokens[caller]); // whose token has ended gets no further
    const result = await client.callTool({ name: tool, arguments: args }, undefined, { timeout: 60_000 });
    const text = result.content?.find((c) => c.type === 'text')?.text;
    const document = result.structuredContent ?? JSON.parse(text);
    assert.deepEqual(JSON.parse(text), document, 'the text is the same JSON');
    if (!result.isError) return { kind: 'result', document };
    return document.success === false ? { kind: 'failed', document } : { kind: 'refused', document: document.error };
  } catch (error) {
    if (error.code === -32602 && /Unknown tool/.test(error.message)) return { kind: 'unknown' };
    if (error.code === 401 || error.code === 403) return { kind: 'http', status: error.code };
    throw error;
  }
}

async function overRest(stage, caller, operation, args) {
  const { status, body, text } = await callRest(stage.world.server, stage.tokens[caller], operation, args);
  assert.ok(body !== undefined, `no JSON: ${text}`);
  if (status === 200) return { kind: 'result', status, document: body };
  assert.ok(body.error, text);
  const { error, ...document } = body;
  if (status === 401) return { kind: 'http', status, document };
  return { kind: document.success === false ? 'failed' : 'refused', status, document };
}

/** A failed deed as REST writes it: the error's members beside those of the result. */
const flat = ({ error, ...rest }) => ({ ...error, ...rest });

/** Whether `given` is what a row says: objects in part, a RegExp by match, a function by its verdict. */
function fits(given, wanted, where = '') {
  if (wanted instanceof RegExp) return assert.match(String(given), wanted, where);
  if (typeof wanted === 'function') return assert.ok(wanted(given), `${where}: ${JSON.stringify(given)?.slice(0, 400)}`);
  if (wanted && typeof wanted === 'object' && !Array.isArray(wanted)) {
    assert.ok(given && typeof given === 'object', `${where} is ${JSON.stringify(given)}`);
    for (const [name, value] of Object.entries(wanted)) fits(given[name], value, `${where}.${name}`);
    return undefined;
  }
  return assert.deepEqual(given, wanted, where);
}

const wrongOf = (schema, overQuery) => {
  const types = [schema.type].flat();
  const wrong = [];
  if (schema.enum) wrong.push('no such value');
  if (types.includes('string')) {
    if (schema.minLength > 0) wrong.push('');
    if (schema.maxLength < 3000) wrong.push('x'.repeat(schema.maxLength + 1));
    if (schema.format) wrong.push('not one');
  }
  if (types.includes('integer') || types.includes('number')) {
    wrong.push('ten');
    if ('minimum' in schema) wrong.push(schema.minimum - 1);
    if ('exclusiveMinimum' in schema) wrong.push(schema.exclusiveMinimum);
    if ('maximum' in schema) wrong.push(schema.maximum + 1);
    if (types.includes('integer')) wrong.push(1.5);
  }
  if (types.includes('boolean')) wrong.push('perhaps');
  if (!overQuery) wrong.push(...(types.includes('string') ? [7, null] : types.includes('object') ? ['text', []] : types.includes('array') ? [{}, 'text'] : [[]]));
  if (!overQuery && types.includes('array') && schema.maxItems < 100) wrong.push(Array(schema.maxItems + 1).fill(schema.items?.enum?.[0] ?? 'x'));
  return wrong;
};

/** Faults of arguments that a schema tells of, each in otherwise good arguments. */
function schemaRows(operation, good, caller) {
  const overQuery = operation.method === 'GET';
  const invalid = (names) => ({ code: 'invalid_argument', says: (text) => names.every((name) => text.includes(name)) });
  const rows = [{ it: 'an argument that it does not know', as: caller, args: { ...good, noSuchArgument: 'x' }, refuses: invalid(['noSuchArgument']) }];
  for (const name of operation.schema.required) {
    if (operation.inPath.includes(name)) continue;
    rows.push({ it: `no ${name}`, as: caller, args: { ...good, [name]: undefined }, refuses: invalid([name]) });
  }
  const wrong = (path, schema, put) => {
    for (const value of wrongOf(schema, overQuery)) rows.push({ it: `${path} = ${JSON.stringify(value).slice(0, 24)}`, as: caller, args: put(value), refuses: invalid([path.split('.').at(-1)]) });
  };
  for (const [name, schema] of Object.entries(operation.schema.properties)) {
    if (operation.inPath.includes(name)) continue;
    wrong(name, schema, (value) => ({ ...good, [name]: value }));
    const within = (member, value) => ({ ...good, [name]: { ...good[name], [member]: value } });
    for (const [member, inner] of Object.entries(schema.properties ?? {})) wrong(`${name}.${member}`, inner, (value) => within(member, value));
    if (schema.additionalProperties === false) rows.push({ it: `${name}.noSuchMember`, as: caller, args: within('noSuchMember', 1), refuses: invalid(['noSuchMember']) });
  }
  return rows;
}

/** What every tool refuses whatever it does: callers that may not, and ids that are not theirs. */
function callerRows(stage, table, operation, argsFor) {
  const rows = [];
  const may = table.roles;
  for (const role of roles) if (!may.includes(role)) rows.push({ it: `${role}: not for that role`, as: role, args: argsFor(role), refuses: 'role' });
  rows.push({ it: 'no token', as: 'nobody', args: argsFor(may[0]), refuses: 'token' });
  for (const role of may) {
    for (const ended of ['revoked', 'expired']) rows.push({ it: `${role}: ${ended} token`, as: `${ended} ${role}`, args: argsFor(role), refuses: 'token' });
    if (role !== 'orchestrator') {
      rows.push({ it: `${role}: of a suspended organization`, as: `suspended${role[0].toUpperCase()}${role.slice(1)}`, args: argsFor(role), refuses: 'suspended' });
    }
    const scope = table.scope === 'comms:read' ? 'comms:send' : 'comms:read';
    rows.push({ it: `${role}: a token with ${scope} only`, as: `${role} with ${scope}`, args: argsFor(role), refuses: 'scope' });
  }
  const { agentId, organizationId } = operation.schema.properties;
  if (agentId && table.agentId !== 'new') {
    const foreign = (role, id, what, code) => rows.push({ it: `${role}: ${what}`, as: role, args: { ...argsFor(role), agentId: id }, refuses: { code, says: (text) => !text.includes(stage.theirs.id) } });
    for (const role of may) {
      const code = role === 'agent' ? 'permission_denied' : 'not_found';
      foreign(role, 'agt_none', 'an agent that is not there', code);
      if (role !== 'orchestrator') foreign(role, stage.theirs.agent.id, "another organization's agent", code);
      if (role === 'agent') foreign(role, stage.colleague.id, 'another agent of its own organization', code);
    }
    if (may.includes('orchestrator') && table.agentNeeded !== false && !operation.inPath.includes('agentId')) {
      rows.push({ it: 'orchestrator: whose, it does not say', as: 'orchestrator', args: { ...argsFor('orchestrator'), agentId: undefined, organizationId: undefined }, refuses: { code: 'invalid_argument', says: /agentId|organizationId/ } });
    }
  }
  if (organizationId) {
    for (const role of may.filter((r) => r !== 'orchestrator')) {
      rows.push({ it: `${role}: another organization's id`, as: role, args: { ...argsFor(role), organizationId: stage.theirs.id }, refuses: { code: /not_found|permission_denied/ } });
    }
  }
  return rows;
}

/** What is refused before the tool is reached, by the status of REST; MCP says it in its own way. */
const outside = { role: { rest: 403, mcp: 'unknown', audited: 'call_refused', code: 'permission_denied' }, token: { rest: 401, mcp: 401 }, suspended: { rest: 403, mcp: 403, audited: 'token_refused', code: 'suspended' },
  scope: { rest: 403, mcp: 403, audited: 'call_refused', code: 'permission_denied' } };

export class Player {
  constructor(stage, name, table) { Object.assign(this, { stage, name, table, counts: { rows: 0, refusals: 0, successes: 0 }, done: new Set() }); }

  get operation() { return this.stage.operations.find((o) => o.id === this.name); }

  /** The arguments of a row for that caller: operators have to say for which agent. */
  #complete(caller, args) {
    const { agentId, organizationId } = this.operation.schema.properties;
    const role = roleOf(caller);
    const full = { ...args };
    for (const name of Object.keys(full)) if (full[name] === undefined) delete full[name];
    if (role === 'agent' && this.table.agentId !== 'named') return full;
    if (agentId && this.table.agentId !== 'new' && !('agentId' in args) && this.table.agentNeeded !== false) full.agentId = this.stage.agent.id;
    const byAgent = 'agentId' in full && this.table.agentId !== 'new' && !this.table.organizationNeeded;
    if (role === 'orchestrator' && organizationId && !('organizationId' in args) && !byAgent) full.organizationId = this.stage.organization;
    for (const name of Object.keys(full)) if (full[name] === undefined) delete full[name];
    return full;
  }

  async play() {
    const { stage, table } = this;
    assert.deepEqual(this.operation.roles.toSorted(), table.roles.toSorted(), 'the roles of the table are those of the document');
    const good = await table.good(stage);
    const argsFor = (role) => this.#complete(role, good);
    const made = [...callerRows(stage, table, this.operation, argsFor), ...schemaRows(this.operation, argsFor(table.roles[0]), table.roles[0])];
    const own = table.rows.filter((row) => !row.editions || row.editions.includes(stage.edition));
    const faults = [];
    const rows = [...made, ...own.filter((row) => row.refuses), ...own.filter((row) => !row.refuses)];
    for (const row of rows) {
      for (const caller of [row.as ?? table.roles[0]].flat()) {
        try {
          await this.#row(row, caller);
        } catch (error) {
          this.last = undefined;
          faults.push(`${caller}: ${row.it}: ${error.message.slice(0, 1500)}`);
        }
      }
    }
    for (const role of table.roles) if (!this.done.has(role)) faults.push(`no row succeeds as ${role}`);
    assert.equal(faults.length, 0, `${faults.length} rows of ${this.name}:\n${faults.slice(0, 20).join('\n')}`);
    return this.counts;
  }

  /** Until nothing moves on its own any more; what then moves, the call has moved. */
  async #rest() {
    let last;
    await eventually(async () => {
      const now = await this.stage.database.state();
      const still = last !== undefined && changes(last, now).length === 0;
      last = now;
      return still;
    }, 'the rows rest', { everyMs: 20 });
    return last;
  }

  async #row(row, caller) {
    const answers = [];
    for (const wire of ['MCP', 'REST']) {
      const { stage } = this;
      const args = this.#complete(caller, typeof row.args === 'function' ? await row.args(stage, caller) : row.args ?? {});
      const call = () => (wire === 'MCP' ? overMcp(stage, caller, this.name, args) : overRest(stage, caller, this.operation, args));
      if (typeof row.args === 'function') this.last = undefined; // it may have brought about what is refused
      if (row.refuses) answers.push(await this.#refused(row, caller, wire, args, call));
      else {
        const answer = await call();
        const what = `over ${wire} ${JSON.stringify(args).slice(0, 300)}: ${JSON.stringify(answer).slice(0, 600)}`;
        if (this.table.restOnly && wire === 'MCP') {
          assert.equal(answer.kind, 'unknown', what);
          continue;
        }
        assert.equal(answer.kind, row.fails ? 'failed' : 'result', what);
        fits(answer.kind === 'failed' ? flat(answer.document) : answer.document, row.fails ?? row.gives, what);
        await row.then?.(stage, answer.document, args);
        answers.push(answer);
        this.last = undefined;
      }
    }
    const [mcp, rest] = answers;
    this.counts.rows++;
    this.counts[row.refuses ? 'refusals' : 'successes']++;
    if (!row.refuses && !row.fails) this.done.add(roleOf(caller));
    if (!mcp || !rest || typeof row.refuses === 'string' || this.table.restOnly) return;
    const documents = row.fails ? [flat(mcp.document), rest.document] : [mcp.document, rest.document];
    const named = (d) => Object.keys(d).filter((name) => name !== row.differs).toSorted();
    const [first, second] = row.differs ? documents.map(named) : documents.map(plain);
    assert.deepEqual(second, first, 'REST answers what MCP answers');
  }

  async #refused(row, caller, wire, args, call) {
    const { stage } = this;
    const { database } = stage;
    const before = this.last ?? await this.#rest();
    const audited = await database.lastAudit();
    const asked = stage.vendorCalls();
    const answer = await call();
    const what = `over ${wire} ${JSON.stringify(args).slice(0, 300)}: ${JSON.stringify(answer).slice(0, 500)}`;
    const hidden = this.table.restOnly && wire === 'MCP';
    const known = typeof row.refuses === 'string' ? outside[row.refuses] : undefined;
    let code = row.refuses.code;
    if (known) {
      if (wire === 'REST') assert.equal(answer.status, known.rest, what);
      else if (known.mcp === 'unknown' || (hidden && known.mcp === 403 && row.refuses === 'scope')) assert.equal(answer.kind, 'unknown', what);
      else assert.equal(answer.status, known.mcp, what);
      code = known.code;
    } else if (hidden) {
      assert.equal(answer.kind, 'unknown', what);
      code = 'permission_denied';
    } else {
      assert.equal(answer.kind, 'refused', what);
      fits(answer.document.code, row.refuses.code, what);
      if (row.refuses.rule) fits(answer.document.rule, row.refuses.rule, what);
      if (row.refuses.says) fits(answer.document.message, row.refuses.says, what);
      if (row.refuses.until) assert.ok(Date.parse(answer.document.nextAllowedAt) > Date.now(), what);
      for (const said of ['message', 'remedy']) assert.ok(answer.document[said]?.length > 0, `no ${said}: ${what}`);
    }
    // Nothing half-done: no row of any table but the audit log is new, gone or changed.
    const after = await database.state();
    for (const table of row.alsoWrites ?? []) delete after[table], delete before[table];
    if (row.undone) { // the ledger of purchases keeps what was begun, as undone
      const open = await database.rows("SELECT id FROM provisionings WHERE state = 'open' UNION ALL SELECT id FROM acquisitions WHERE state NOT IN ('owned', 'refused', 'released')");
      assert.deepEqual(open, [], `not undone ${what}`);
      for (const table of ['provisionings', 'acquisitions']) delete after[table], delete before[table];
    }
    assert.deepEqual(changes(before, after), [], `half done ${what}`);
    this.last = row.alsoWrites || row.undone ? undefined : after;
    assert.equal(stage.vendorCalls(), asked, `nothing reached a vendor ${what}`);
    // One line in the audit log, which says who and what, and nothing of what was in the call.
    const lines = (await database.audit(audited)).filter((line) => ![...(row.alsoAudited ?? []), ...(row.undone ? ['agent_not_provisioned'] : [])].includes(line.action));
    if (caller === 'nobody') {
      assert.deepEqual(lines, [], `nobody is known to have asked ${what}`);
      return answer;
    }
    const action = row.refuses === 'token' || row.refuses === 'suspended' ? 'token_refused' : 'call_refused';
    assert.deepEqual(lines.map((l) => [l.action, l.target]), [[action, action === 'token_refused' ? null : this.name]], what);
    const details = JSON.parse(lines[0].details_json);
    fits(details.code, row.refuses === 'token' ? caller.split(' ')[0] : code, what);
    if (row.refuses.rule) fits(details.rule, row.refuses.rule, what);
    for (const [name, value] of Object.entries(args)) {
      if (typeof value === 'string' && value.length > 6 && !this.operation.schema.properties[name]?.enum) assert.ok(!lines[0].details_json.includes(value), what);
    }
    return answer;
  }
}
