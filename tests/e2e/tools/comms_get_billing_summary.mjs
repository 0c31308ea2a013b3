const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  agentNeeded: false,
  good: () => ({ period: 'month' }),
  rows: [
    { it: 'an agent and the organization of another', as: 'orchestrator', args: (s) => ({ agentId: s.agent.id, organizationId: s.theirs.id }), refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { organizationId: 'org_none' }, refuses: { code: 'not_found', says: /organization/ } },
    { it: 'shows an agent what it costs', args: {}, gives: { period: 'month', currency: 'USD', providerCost: (c) => c >= 0, billingCost: (c) => c >= 0, byChannel: (c) => typeof c === 'object' } },
    { it: 'shows an organization all of its agents', as: 'organization', args: { period: 'all' }, gives: { totals: (t) => t.providerCost > 0, agents: (a) => a.length >= 1 } },
    { it: 'shows an operator one organization', as: 'orchestrator', args: (s) => ({ organizationId: s.theirs.id }), gives: { totals: (t) => t.providerCost > 0, agents: (a) => a.length === 1 } },
  ],
};
