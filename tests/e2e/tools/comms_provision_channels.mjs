const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const phone = { displayName: 'Front desk', country: 'US', capabilities: { phone: true } };
export const table = {
  roles: operators,
  scope: 'comms:provision',
  agentId: 'new', // the one that it is to have
  good: () => ({ ...phone }),
  rows: [
    { it: 'no channel', args: { displayName: 'x', capabilities: {} }, refuses: invalid(/asks for no channel/) },
    { it: 'mail without a domain', args: { displayName: 'x', capabilities: { email: true } }, refuses: invalid(/'emailDomain' is required/) },
    { it: 'a domain that is none', args: { displayName: 'x', capabilities: { email: true }, emailDomain: 'no domain' }, refuses: invalid(/'emailDomain'/) },
    { it: "another organization's domain", undone: true, as: 'theirsOrganization', args: { displayName: 'x', capabilities: { email: true }, emailDomain: 'agents.example.com' }, refuses: { code: 'rejected', says: /another organization/ } },
    { it: 'a country that is none', undone: true, args: { ...phone, country: '??' }, refuses: { code: /invalid_argument|rejected|not_found/, says: /country|number/i } },
    { it: 'an id with spaces', args: { ...phone, agentId: 'front desk' }, refuses: invalid(/'agentId'/) },
    { it: 'a name of two lines', args: { ...phone, displayName: 'a\nb' }, refuses: invalid(/'displayName'/) },
    { it: 'an id that is taken', as: 'orchestrator', args: (s) => ({ ...phone, agentId: s.agent.id }), refuses: { code: 'conflict', says: /already exists/ } },
    { it: 'an id that another organization has', as: 'orchestrator', args: (s) => ({ ...phone, agentId: s.theirs.agent.id }), refuses: { code: 'conflict', says: /exists/ } },
    // Where there are tenants, an organization is not told whether an id is taken elsewhere.
    { it: 'an id that another organization has, or could have', args: (s) => ({ ...phone, agentId: s.theirs.agent.id }), refuses: { code: /conflict|invalid_argument/, says: /exists|must begin with/ } },
    { it: 'a country whose requirements are not met', args: { ...phone, country: 'AU' }, refuses: { code: 'rejected', rule: 'country_requirements', says: /au\.\S+: / } },
    { it: 'a shared identity without a number to share', as: 'theirsOrganization', undone: true, args: { ...phone, identity: 'shared' }, refuses: { code: 'rejected', says: /number pool is empty/ } },
    { it: 'a provider that is not there', undone: true, args: { ...phone, providerOverrides: { telephony: 'nobody' } }, refuses: invalid(/no provider 'nobody'/) },
    { it: 'a callback that the server must not call', args: { ...phone, callbackUrl: 'https://127.0.0.1/' }, refuses: { code: /invalid_argument|permission_denied|rejected/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { ...phone, organizationId: 'org_none' }, refuses: { code: 'not_found', says: /no such organization/ } },
    { it: 'whose, it does not say', as: 'orchestrator', args: { ...phone, organizationId: undefined }, refuses: invalid(/'organizationId'/) },
    { it: 'a suspended organization', as: 'orchestrator', args: (s) => ({ ...phone, organizationId: s.suspended.id }), refuses: { code: 'rejected', says: /suspended/ } },
    { it: 'a pool that is full', as: 'fullOrganization', args: phone, refuses: { code: 'rejected', says: /pool is full \(1\/1\)/ } },
    { it: 'in the sandbox, with a real provider', undone: true, as: 'sandboxedOrganization', args: phone, refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'in the sandbox, by WhatsApp', undone: true, as: 'sandboxedOrganization', args: { displayName: 'x', capabilities: { whatsapp: true } }, refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'a vendor that does not sell', args: (s) => { s.world.twilio.fault({ match: /POST .*IncomingPhoneNumbers\.json/, status: 400, body: { code: 21422, message: 'not available', more_info: 'https://www.twilio.com/docs/errors/21422', status: 400 } }); return { ...phone }; }, undone: true, refuses: { code: /rejected|unavailable|not_found|invalid_argument/ } },
    { it: 'makes an agent with a number', as: operators, args: phone, gives: { success: true, agentId: /^agt_/, securityToken: /^cmd_live_/, channels: { phone: { status: 'active', number: /^\+1/ } } }, differs: true },
    { it: 'makes one with every channel and its own id', args: (s) => ({ ...phone, agentId: `${s.edition === 'community' ? '' : `${s.world.organization}.`}${s.text('named').replace(' ', '-')}`, capabilities: { phone: true, whatsapp: true, email: true, voiceAi: true }, emailDomain: 'agents.example.com', callbackUrl: `${s.host.url}/new` }),
      gives: { success: true, agentId: /named-/, channels: { whatsapp: { status: 'active' }, email: { address: /@agents\.example\.com$/ } }, callback: { secret: /^whsec_/ } }, differs: true },
  ],
};
