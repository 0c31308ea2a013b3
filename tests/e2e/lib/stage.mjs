// What the tables of tools play on: one server with every rule on, organizations in every state, agents
// in every state, and a client for each token there can be.
import fs from 'node:fs';
import path from 'node:path';
import { World, personUs } from './world.mjs';
import { startReceiver } from './receiver.mjs';
import { callModern } from './client.mjs';
import { Database } from './database.mjs';
import { openapi, operations } from './rest.mjs';

const all = { phone: true, whatsapp: true, email: true, voiceAi: true };

/** An Etc zone in which it is that hour now, whenever the suite runs. */
function zoneAt(hour) {
  let ahead = hour - new Date().getUTCHours();
  if (ahead > 12) ahead -= 24;
  if (ahead < -11) ahead += 24;
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`; // Etc names count westwards
}

export class Stage {
  static async set(edition) {
    const stage = new Stage();
    stage.edition = edition;
    stage.host = await startReceiver();
    stage.world = await World.start({ change: (config, directory) => {
      config.edition = edition;
      config.compliance = { enforce: 'production' };
      config.egress.allow.push(stage.host.url);
      config.providers.storage = { use: 'local', config: { root: `${directory}/media` } };
      config.providers.tts = { use: 'sandbox' };
      config.server.limits = { audited_refusals: 1_000_000 }; // else a table of faults is a flood
      config.messaging = { callbacks: { retry_seconds: [1], timeout_seconds: 2 } };
      // What a plugin was blamed for with another content of its file: it is in use, and can be enabled.
      fs.writeFileSync(path.join(directory, 'plugin-crashes'), [100, 200].map((at) => `crash ${at} org.commsd.resend ${'0'.repeat(64)} SIGSEGV\n`).join(''), { mode: 0o600 });
      config.retention = { enabled: false }; // a purge in the middle would look like something left half-done
    } });
    try {
      await stage.#cast();
    } catch (error) {
      await stage.clear();
      throw error;
    }
    return stage;
  }

  async #cast() {
    const { world } = this;
    const { server } = world;
    this.database = new Database(server.databaseFile);
    this.organization = world.organization;
    this.count = 0;
    this.people = 0;
    this.night = zoneAt(3);
    this.tokens = { organization: world.adminToken, orchestrator: await server.token('orchestrator'), nobody: '' };
    const make = async (name, more = {}) => {
      const agent = await world.agent({ displayName: name, capabilities: all, ...more });
      this.tokens[name] = agent.token;
      return (this[name] = agent);
    };
    await make('agent');
    for (const name of ['colleague', 'blocked', 'spent', 'gone']) await make(name);
    await world.admin.call('comms_block_channels', { agentId: this.blocked.id, channels: ['*'] });
    await world.admin.call('comms_set_agent_limits', { agentId: this.spent.id, limits: { maxActionsPerDay: 1 } });
    await this.spent.client.call('comms_send_message', { channel: 'sms', to: this.stranger(), body: 'the only one', messageClass: 'otp' });
    await this.gone.client.close(); // it would ask again and again, and be refused
    await world.admin.call('comms_deprovision_channels', { agentId: this.gone.id });
    delete this.tokens.gone;

    await server.ctl('organizations', 'address', '--address', 'Suite Inc., 1 Main Street, Springfield', '--json', this.organization); // else no mail of marketing
    // Other organizations: one like ours, one that is suspended, one back in the sandbox, one with one slot.
    const organization = async (name, capabilities = { phone: true, whatsapp: false, email: false, voiceAi: true }) => {
      const id = await world.createOrganization(name);
      const token = await server.token('organization', '--organization', id);
      const agent = await callModern(server, token, 'comms_provision_channels', { displayName: name, capabilities });
      return { id, token, agent: { id: agent.agentId, token: agent.securityToken, phone: agent.channels.phone.number } };
    };
    this.theirs = await organization('theirs');
    this.suspended = await organization('suspended');
    this.sandboxed = await organization('sandboxed', { phone: true, whatsapp: true, email: false, voiceAi: true });
    this.full = await organization('full');
    await callModern(server, this.full.token, 'comms_expand_agent_pool', { maxAgents: 1 });
    this.trial = { id: (await server.ctl('organizations', 'create', '--mode', 'sandbox', '--json', 'trial')).id };
    this.tokens.trialOrganization = await server.token('organization', '--organization', this.trial.id);
    for (const name of ['theirs', 'suspended', 'sandboxed', 'full']) {
      this.tokens[`${name}Organization`] = this[name].token;
      this.tokens[`${name}Agent`] = this[name].agent.token;
    }
    this.theirMessage = (await callModern(server, this.theirs.agent.token, 'comms_send_message', { channel: 'sms', to: this.stranger(), body: 'theirs', messageClass: 'otp' })).messageId;

    for (const scope of ['comms:read', 'comms:send']) {
      for (const [role, owner] of [['agent', ['--agent', this.agent.id]], ['organization', ['--organization', this.organization]], ['orchestrator', []]]) {
        this.tokens[`${role} with ${scope}`] = await server.token(role, ...owner, '--scopes', scope);
      }
    }
    // Brought back into the sandbox with what it bought in its days of production.
    await this.database.run(`UPDATE organizations SET mode = 'sandbox' WHERE id = '${this.sandboxed.id}'`);
    await server.stop();
    await server.start();

    for (const ended of ['revoked', 'expired']) {
      for (const [role, owner] of [['agent', ['--agent', this.agent.id]], ['organization', ['--organization', this.organization]], ['orchestrator', []]]) {
        this.tokens[`${ended} ${role}`] = await server.token(role, ...owner, '--label', `${ended} ${role}`);
      }
    }
    const labelled = (ended) => this.database.rows(`SELECT id, org_id FROM tokens WHERE label LIKE '${ended} %'`);
    await this.database.run("UPDATE tokens SET expires_at = 1 WHERE label LIKE 'expired %'");
    for (const { id, org_id: org } of await labelled('revoked')) await server.ctl('tokens', 'revoke', ...(org ? ['--organization', org] : []), id);
    await server.ctl('organizations', 'review', this.suspended.id, '--action', 'suspend', '--json');
    this.clients = {};
    for (const [name, token] of Object.entries(this.tokens)) if (token && !/^(revoked|expired|suspended)/.test(name)) this.clients[name] = await world.connect(token);
    this.document = await openapi(server);
    this.operations = operations(this.document).filter((o) => !o.isPublic);
  }

  /** Text that was never sent before: a repetition is answered with its first result. */
  text(what = 'text') { return `${what} ${++this.count}`; }
  /** Somebody nobody ever wrote to. */
  stranger() { return personUs(9999 - ++this.people); }
  /** Somebody who agreed to be reached by the agent on every channel. */
  async friend() {
    const contactAddress = this.stranger();
    for (const channel of ['sms', 'voice', 'whatsapp']) await this.#consent(contactAddress, channel);
    return contactAddress;
  }
  async mailFriend() {
    const contactAddress = `guest-${++this.people}@example.com`;
    await this.#consent(contactAddress, 'email');
    return contactAddress;
  }
  async #consent(contactAddress, channel) { await this.clients.agent.call('comms_record_consent', { contactAddress, channel, source: 'sign-up form' }); }
  /** An agent that a row may take away or change. */
  async spare(name = 'Spare', capabilities = { phone: true }) {
    const made = await this.clients.organization.call('comms_provision_channels', { displayName: name, capabilities });
    return { id: made.agentId, token: made.securityToken, phone: made.channels.phone?.number };
  }
  /** How many requests that change something vendors and the agents' own host have had. */
  vendorCalls() {
    const acts = (mock) => mock.journal.filter((e) => e.accepted && e.method !== 'GET').length;
    return acts(this.world.twilio) + acts(this.world.resend) + this.host.told.length;
  }
  ahead(ms) { return new Date(Date.now() + ms).toISOString(); }
  /** A call of the agent that is under way. */
  async call(to, more = {}) {
    const made = await this.clients.agent.call('comms_make_call', { to: to ?? await this.friend(), greeting: 'Hello.', messageClass: 'transactional', ...more });
    await this.world.twilio.callProgress(made.callSid, 'in-progress');
    return made;
  }

  async clear() {
    this.database?.close();
    await this.world?.dispose();
    await this.host?.stop();
  }
}
