// Tool calls that go on after their request was answered (MCP extension io.modelcontextprotocol/tasks):
// whatever becomes of the server, a task comes to one end, and its owner alone can read it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';
import { callModern, envelope, modern } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

const meta = envelope({ 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } } });
const phone = { displayName: 'Task', country: 'US', capabilities: { phone: true } };
const purchase = /POST .*IncomingPhoneNumbers/;

describe('tasks', () => {
  let world;
  before(async () => { world = await World.start(); });
  after(() => world?.dispose());

  const ask = (method, params, token = world.adminToken) => modern(world.server, token, method, params, { meta });
  const create = async (name, args) => {
    const { message } = await ask('tools/call', { name, arguments: args });
    assert.equal(message.result?.resultType, 'task', JSON.stringify(message));
    return message.result.taskId;
  };
  const get = async (taskId) => (await ask('tasks/get', { taskId })).message.result;
  const ended = (taskId) => eventually(async () => {
    const task = await get(taskId);
    return task && !['working', 'input_required'].includes(task.status) && task;
  }, 'the task has ended');
  const purchases = () => world.twilio.journal.filter((e) => purchase.test(`${e.method} ${e.path}`)).length;
  /** Starts to provision, and returns when the vendor has sold the number and does not say so. */
  const provisionUntilSold = async (holdMs) => {
    const before = purchases();
    world.twilio.fault({ match: purchase, holdMs });
    const taskId = await create('comms_provision_channels', phone);
    await eventually(() => purchases() > before, 'the number was bought');
    return taskId;
  };

  test('provisioning and deprovisioning as tasks', async () => {
    const task = await ended(await create('comms_provision_channels', phone));
    assert.equal(task.status, 'completed', JSON.stringify(task));
    const { agentId, securityToken } = task.result.structuredContent;
    const own = await callModern(world.server, securityToken, 'comms_get_channel_status', {});
    assert.equal(own.agentId, agentId);
    const gone = await ended(await create('comms_deprovision_channels', { agentId }));
    assert.equal(gone.result.structuredContent.status, 'deprovisioned');
  });

  test('an agent\'s token is not in the database, and a stranger does not get it', async () => {
    const taskId = await create('comms_provision_channels', phone);
    const { securityToken } = (await ended(taskId)).result.structuredContent;
    const bytes = ['', '-wal'].map((s) => world.server.databaseFile + s).filter(fs.existsSync).map((f) => fs.readFileSync(f, 'latin1')).join('');
    assert.ok(bytes.includes('comms_provision_channels'), 'looked into the right files');
    assert.ok(!bytes.includes(securityToken) && !bytes.includes(taskId));
    const theirs = await world.server.token('organization', '--organization', await world.createOrganization('Stranger'));
    for (const token of [theirs, securityToken]) {
      for (const [method, more] of [['tasks/get', {}], ['tasks/update', { inputResponses: {} }], ['tasks/cancel', {}]]) {
        assert.equal((await ask(method, { taskId, ...more }, token)).message.error?.code, -32602, method);
      }
    }
  });

  test('kill -9 midway: the next start says that it was interrupted, and buys nothing again', async () => {
    const taskId = await provisionUntilSold(5000);
    assert.equal((await get(taskId)).status, 'working');
    const bought = purchases();
    await world.server.kill();
    await world.server.start();
    const task = await ended(taskId);
    assert.equal(task.status, 'failed');
    assert.equal(task.error.code, -32603);
    assert.match(task.error.message, /server stopped while this ran.*comms_get_channel_status/);
    assert.equal(task.result, undefined);
    assert.equal((await ask('tasks/cancel', { taskId })).message.result?.resultType, 'complete');
    assert.deepEqual(await get(taskId), task, 'it stays so');
    assert.equal(purchases(), bought);
  });

  test('an orderly stop lets a task end; its result is there after the start', async () => {
    const taskId = await provisionUntilSold(1500);
    assert.deepEqual(await world.server.stop(), { code: 0, signal: null });
    await world.server.start();
    const task = await get(taskId);
    assert.equal(task.status, 'completed', JSON.stringify(task));
    const own = await callModern(world.server, task.result.structuredContent.securityToken, 'comms_get_channel_status', {});
    assert.equal(own.agentId, task.result.structuredContent.agentId);
  });

  test('a client without the extension is answered as before', async () => {
    const { message } = await modern(world.server, world.adminToken, 'tools/call', { name: 'comms_provision_channels', arguments: phone });
    assert.equal(message.result.resultType, 'complete');
    assert.equal(message.result.structuredContent.success, true);
    const { message: refused, status } = await modern(world.server, world.adminToken, 'tasks/get', { taskId: 'task_x' });
    assert.equal(status, 400);
    assert.deepEqual([refused.error.code, refused.error.data], [-32021, { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } }]);
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
