// notifications/tasks over subscriptions/listen: what the suite's scenario tasks-status-notifications
// describes and does not test yet (extension tasks, "Status Notifications").
import { eventually } from '../e2e/lib/server.mjs';
import { events, ModernWire } from '../e2e/lib/wire.mjs';

const extension = 'io.modelcontextprotocol/tasks';
const subscription = 'io.modelcontextprotocol/subscriptionId';

export async function checkTaskNotifications(report, url, token) {
  const wire = await ModernWire.open({ url }, token);
  wire.extensions = { extensions: { [extension]: {} } };
  const create = async (seconds) => (await wire.request('tools/call', { name: 'slow_compute', arguments: { seconds } })).result;
  const label = '2026-07-28 notifications/tasks';

  const completes = await create(1);
  const cancelled = await create(60);
  const unheard = await create(1);
  const ended = new AbortController();
  const response = await wire.fetch('subscriptions/listen', { notifications: { taskIds: [completes.taskId, cancelled.taskId] } }, { signal: ended.signal, id: 'listening' });
  const heard = [];
  const reading = (async () => { for await (const event of events(response.body)) if (event.data) heard.push(JSON.parse(event.data)); })().catch(() => {});
  const statuses = (task) => heard.filter((m) => m.method === 'notifications/tasks' && m.params.taskId === task.taskId).map((m) => m.params.status);
  try {
    await eventually(() => heard.length > 0, 'the subscription is acknowledged');
    report.check(`${label}: acknowledged first, with the tasks asked for`, heard[0].method === 'notifications/subscriptions/acknowledged' && heard[0].params.notifications?.taskIds?.length === 2, JSON.stringify(heard[0]));
    await wire.request('tasks/cancel', { taskId: cancelled.taskId });
    await eventually(() => statuses(completes).includes('completed'), 'the end of the task is told').catch((e) => report.fail(`${label}: completed`, e));
    await eventually(() => statuses(cancelled).includes('cancelled'), 'the cancellation is told').catch((e) => report.fail(`${label}: cancelled`, e));
    report.check(`${label}: the end comes last`, statuses(completes).at(-1) === 'completed' && statuses(cancelled).at(-1) === 'cancelled', JSON.stringify(heard));
    report.check(`${label}: every message names its subscription`, heard.every((m) => m.params?._meta?.[subscription] === 'listening'), JSON.stringify(heard));
    for (let state; state !== 'completed';) state = (await wire.request('tasks/get', { taskId: unheard.taskId })).result.status;
    report.check(`${label}: nothing of a task that was not asked for`, statuses(unheard).length === 0, JSON.stringify(heard));
    report.check(`${label}: a task object each`, heard.slice(1).every((m) => typeof m.params.createdAt === 'string' && 'ttlMs' in m.params), JSON.stringify(heard));
  } finally {
    ended.abort();
    await reading;
  }
}
