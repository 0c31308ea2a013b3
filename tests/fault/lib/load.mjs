// The load of every fault run: sends at a fixed rate, each with its own idempotency key, while people
// write in and delivery callbacks arrive. A call whose answer was lost is asked again with the SAME
// key until it is answered; that is all a careful agent can do, so it is what must be safe.
import diagnostics from 'node:diagnostics_channel';
import { callModern, keepAliveAgent, ToolError } from '../../e2e/lib/client.mjs';
import { sleep } from '../../e2e/lib/server.mjs';

const callHeader = 'x-load-call';

/** Errors that say "ask again": the outcome is not settled, or the server is not up to it just now. */
const askAgain = (error) => !(error instanceof ToolError) || /in_progress|unavailable|shutting|draining|try again|overload/i.test(error.message + JSON.stringify(error.document ?? ''));

export class Load {
  constructor(world, agents, { rate = 200, inboundRate = 20, callbackShare = 0.1, phoneRate = 0, scheduledEvery = 0 } = {}) {
    Object.assign(this, { world, agents, rate, inboundRate, callbackShare, phoneRate, scheduledEvery });
    this.calls = [];
    this.inbound = [];
    this.phoneCalls = [];
    this.seenPhoneCalls = 0;
    this.dispatcher = keepAliveAgent(64);
    this.pending = new Set();
    this.callbacks = 0;
    this.seenCallbacks = 0;
    // Tells a request that went out from one that still waits for its connection.
    this.onSent = ({ headers }) => {
      const n = new RegExp(`^${callHeader}: (\\d+)\\r?$`, 'mi').exec(headers)?.[1];
      if (n !== undefined) this.calls[n].sent = true;
    };
    diagnostics.subscribe('undici:client:sendHeaders', this.onSent);
  }

  /** Sends answered by nobody yet: the bound for messages that may end up `unknown` after a kill. */
  get inFlight() { return this.calls.filter((c) => c.state === 'asking').length; }
  get phoneInFlight() { return this.phoneCalls.filter((c) => c.state === 'asking').length; }

  start() {
    this.stopping = false;
    const began = Date.now();
    const already = this.calls.length;
    const heard = this.inbound.length;
    const dialled = this.phoneCalls.length;
    this.timer = setInterval(() => {
      const due = Math.floor((Date.now() - began) / 1000 * this.rate) + already;
      // A stalled event loop must not turn into a burst far above the rate asked for.
      for (let n = 0; this.calls.length < due && n < this.rate; n++) this.#track(this.#send());
      const dueInbound = Math.floor((Date.now() - began) / 1000 * this.inboundRate) + heard;
      while (this.inbound.length < dueInbound) this.#track(this.#hear());
      const duePhone = Math.floor((Date.now() - began) / 1000 * this.phoneRate) + dialled;
      while (this.phoneCalls.length < duePhone) this.#track(this.#dial());
      this.#callBack();
    }, 10);
    for (const agent of this.agents) this.#track(this.#fetch(agent));
  }

  /** Stops new traffic and returns when every call has been answered, asking again where needed. */
  async finish({ withinMs = 60_000 } = {}) {
    clearInterval(this.timer);
    this.timer = null;
    const end = Date.now() + withinMs;
    while (this.pending.size > 0 && Date.now() < end) await sleep(50);
    this.stopping = true;
    while (this.pending.size > 0 && Date.now() < end + 20_000) await sleep(50);
    await this.dispatcher.close().catch(() => {});
  }

  /** For the way out of a failed run: everything ends, nothing is waited for. Harmless after finish(). */
  abandon() {
    clearInterval(this.timer);
    this.timer = null;
    this.stopping = true;
    diagnostics.unsubscribe('undici:client:sendHeaders', this.onSent);
    this.dispatcher.destroy().catch(() => {});
  }

  #track(promise) {
    this.pending.add(promise);
    promise.finally(() => this.pending.delete(promise));
  }

  // The agent reads its inbox as it goes. A fetch whose answer is lost acknowledges nothing that can
  // not be read again, which is what the auditor looks at.
  async #fetch(agent) {
    while (this.timer) {
      await callModern(this.world.server, agent.token, 'comms_get_waiting_messages', { limit: 50 }, { dispatcher: this.dispatcher, signal: AbortSignal.timeout(30_000) }).catch(() => {});
      await sleep(300);
    }
  }

  async #send() {
    const n = this.calls.length;
    const agent = this.agents[n % this.agents.length];
    const call = { n, agent, key: `load-${n}`, to: `+1415555${String(n % 5000).padStart(4, '0')}`, body: `load ${n}`, state: 'asking', asks: 0, begun: Date.now(), errors: [] };
    // Asked again with the same arguments, the time included, though it may be past by then.
    const when = this.scheduledEvery > 0 && n % this.scheduledEvery === 0 ? { sendAt: new Date(Date.now() + 1500).toISOString() } : {};
    this.calls.push(call);
    while (!this.stopping) {
      call.asks++;
      call.askedAt = Date.now();
      call.sent = false;
      try {
        call.result = await callModern(this.world.server, agent.token, 'comms_send_message',
          { channel: 'sms', to: call.to, body: call.body, idempotencyKey: call.key, ...when }, { dispatcher: this.dispatcher, signal: AbortSignal.timeout(30_000), headers: { [callHeader]: String(n) } });
        call.messageId = call.result.messageId;
        call.state = 'accepted';
        return;
      } catch (error) {
        call.errors.push({ at: Date.now(), text: error.code ?? error.message.slice(0, 200) });
        if (error instanceof ToolError && error.document?.messageId) {
          // A stored outcome that is not a success (failed, unknown) is an answer, with its record.
          call.messageId = error.document.messageId;
          call.result = error.document;
          call.state = 'accepted';
          return;
        }
        // Its time passed while the server was away or busy, and nothing was accepted before: for good.
        if (when.sendAt && Date.now() >= Date.parse(when.sendAt) && /'sendAt' is in the past/.test(error.message)) { call.state = 'late'; return; }
        if (!askAgain(error)) { call.state = 'refused'; call.why = error.message; return; }
        await sleep(50 + Math.random() * 100);
      }
    }
    call.state = 'unanswered';
  }

  // A phone call, to a number of its own, asked for again under its key until it is answered.
  async #dial() {
    const n = this.phoneCalls.length;
    const agent = this.agents[n % this.agents.length];
    const call = { n, agent, to: `+1415557${String(n).padStart(4, '0')}`, state: 'asking' };
    this.phoneCalls.push(call);
    while (!this.stopping) {
      try {
        const answer = await callModern(this.world.server, agent.token, 'comms_make_call',
          { to: call.to, greeting: `dial ${n}`, idempotencyKey: `dial-${n}` }, { dispatcher: this.dispatcher, signal: AbortSignal.timeout(30_000) });
        call.callId = answer.callId;
        call.state = 'accepted';
        return;
      } catch (error) {
        if (error instanceof ToolError && error.document?.callId) { call.callId = error.document.callId; call.state = 'accepted'; return; }
        if (!askAgain(error)) { call.state = 'refused'; call.why = error.message; return; }
        await sleep(50 + Math.random() * 100);
      }
    }
    call.state = 'unanswered';
  }

  // A person writes: as the vendor does, repeat on anything but 2xx, with the same message id.
  async #hear() {
    const n = this.inbound.length;
    const agent = this.agents[n % this.agents.length];
    const item = { n, agent, from: `+1415556${String(n % 10_000).padStart(4, '0')}`, body: `heard ${n}`, messageSid: 'SM' + n.toString(16).padStart(32, '0'), state: 'posting', posts: 0 };
    this.inbound.push(item);
    while (!this.stopping) {
      item.posts++;
      try {
        const { status } = await this.world.twilio.inbound(agent.hook('sms'), { from: item.from, to: agent.phone, body: item.body, messageSid: item.messageSid });
        if (status >= 200 && status < 300) { item.state = 'taken'; return; }
        item.lastStatus = status;
      } catch { /* the server is down: the vendor tries again */ }
      await sleep(100);
    }
  }

  #callBack() {
    const placed = this.phoneRate ? this.world.twilio.placed() : [];
    for (; this.seenPhoneCalls < placed.length; this.seenPhoneCalls++) {
      this.#track(this.world.twilio.callProgress(placed[this.seenPhoneCalls].sid, 'completed', { fields: { CallDuration: '1' } }).catch(() => {}));
    }
    const sent = this.world.twilio.sent();
    for (; this.seenCallbacks < sent.length; this.seenCallbacks++) {
      const entry = sent[this.seenCallbacks];
      if (entry.statusCallback && Math.random() < this.callbackShare) {
        this.callbacks++;
        this.#track(this.world.twilio.callback(entry.sid, 'delivered').catch(() => {}));
      }
    }
  }
}
