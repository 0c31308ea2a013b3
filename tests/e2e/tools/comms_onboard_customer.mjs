const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const phone = { displayName: 'New customer', country: 'US', capabilities: { phone: true, whatsapp: false, voiceAi: true } };
export const table = {
  roles: operators,
  editions: ['enterprise', 'saas'],
  scope: 'comms:provision',
  agentId: 'new',
  good: () => ({ ...phone }),
  rows: [
    { it: 'no channel', args: { displayName: 'x', capabilities: { phone: false, whatsapp: false, email: false, voiceAi: false } }, refuses: invalid(/asks for no channel/) },
    { it: 'a domain that is none', args: { ...phone, emailDomain: 'no domain' }, refuses: invalid(/'emailDomain'/) },
    { it: "another organization's domain", undone: true, as: 'theirsOrganization', args: { ...phone, emailDomain: 'agents.example.com' }, refuses: { code: 'rejected', says: /another organization/ } },
    { it: 'an id that is taken', as: 'orchestrator', args: (s) => ({ ...phone, agentId: s.agent.id }), refuses: { code: 'conflict', says: /already exists/ } },
    { it: 'whose, it does not say', as: 'orchestrator', args: { ...phone, organizationId: undefined }, refuses: invalid(/'organizationId'/) },
    { it: 'an organization that is not there', as: 'orchestrator', args: { ...phone, organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: 'a pool that is full', as: 'fullOrganization', args: phone, refuses: { code: 'rejected', says: /pool is full/ } },
    { it: 'in the sandbox, with a real provider', undone: true, as: 'sandboxedOrganization', args: phone, refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'makes an agent and says how to connect', as: operators, args: phone, gives: { success: true, provisioning: { securityToken: /^cmd_live_/, channels: { phone: { status: 'active' } } }, emailSetup: null, webhookUrls: { sms: /\/webhooks\/.*\/sms$/ }, connectionInstructions: { mcpEndpoint: /\/mcp$/ } }, differs: true },
    { it: 'makes one with mail', args: { ...phone, emailDomain: 'agents.example.com' }, gives: { success: true, emailSetup: { domain: 'agents.example.com', status: 'verified' } }, differs: true },
  ],
};
