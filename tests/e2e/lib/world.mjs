// Server, vendors, an organization's administrator and agents with a number and a mailbox: where most tests start.
import assert from 'node:assert/strict';
import { startResend } from '../../mocks/resend.mjs';
import { startTwilio } from '../../mocks/twilio.mjs';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { connect } from './client.mjs';
import { Server } from './server.mjs';

/** Limits and consents are not what these suites are about, and 200 messages a second would meet the
 * default ones. What is about them (consent.test.mjs) switches them on; nobody but mocks is behind it. */
const limits = { actions_per_minute: 1_000_000, actions_per_hour: 10_000_000, actions_per_day: 100_000_000, spend_per_day: 1_000_000, spend_per_month: 10_000_000 };
const number = (prefix, digits) => (i) => prefix + String(i).padStart(digits, '0');
/** Distinct numbers from the ranges set aside for fiction: UK 07700 900xxx and US 555-01xx. */
export const person = number('+447700900', 3);
export const personUs = number('+1415555', 4);

export class World {
  /** options: change(config) edits the config; journals: { twilio, resend } file names; environment. */
  static async start(options = {}) {
    const world = new World();
    world.twilio = await startTwilio({ journalFile: options.journals?.twilio });
    world.resend = await startResend({ journalFile: options.journals?.resend });
    world.server = await Server.prepare({ twilio: world.twilio, resend: world.resend, change: (config, directory) => { config.limits = { ...limits }; config.compliance = { enforce: 'never' }; config.provisioning = { agent_slots: 1000 }; options.change?.(config, directory); }, environment: options.environment });
    world.clients = [];
    try {
      await world.server.start();
      world.organization = await world.createOrganization('Suite');
      await world.server.ctl('domains', 'assign', '--organization', world.organization, '--json', 'agents.example.com');
      world.adminToken = await world.server.token('organization', '--organization', world.organization);
      world.admin = await world.connect(world.adminToken);
    } catch (error) {
      await world.dispose();
      throw error;
    }
    return world;
  }

  /** In production, with what countries ask for before their numbers may be used. */
  async createOrganization(name, countries = ['US']) {
    const created = await this.server.ctl('organizations', 'create', '--mode', 'production', '--json', name);
    const id = created.id ?? created.organizationId;
    for (const country of countries) await this.server.meetRequirements(id, country);
    return id;
  }

  async connect(token, wire) {
    const client = await connect(this.server, token, wire);
    this.clients.push(client);
    return client;
  }

  /** Provisions an agent with what a test needs to play both sides of it. */
  async agent({ displayName = 'Suite', capabilities = { phone: true, whatsapp: false, email: true, voiceAi: false }, country = 'US', emailDomain = 'agents.example.com', ...more } = {}) {
    const provisioned = await this.admin.call('comms_provision_channels', { displayName, country, capabilities, emailDomain, ...more });
    assert.equal(provisioned.success, true);
    const client = await this.connect(provisioned.securityToken);
    return { id: provisioned.agentId, token: provisioned.securityToken, phone: provisioned.channels.phone?.number, email: provisioned.channels.email?.address, provisioned, client,
      hook: (kind) => `${this.server.url}/webhooks/${provisioned.agentId}/${kind}` };
  }

  async dispose() {
    for (const client of this.clients) await client.close().catch(() => {});
    await this.server?.dispose();
    await this.twilio?.stop();
    await this.resend?.stop();
    if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: ${[...unchecked.documents].join(', ') || 'webhook schemas'})`);
  }

  /** What no suite may leave behind: a request the vendor would have refused. */
  assertVendorsContent(ignore = () => false) {
    const seen = [...this.twilio.refusals, ...this.resend.refusals].filter((r) => !ignore(r));
    assert.deepEqual(seen.map((r) => `${r.method} ${r.operation ?? r.path}: ${[r.why].flat().join('; ')}`), []);
  }
}
