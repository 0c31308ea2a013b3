export const table = {
  roles: ['agent', 'organization', 'orchestrator'],
  scope: 'comms:read',
  good: () => ({}),
  rows: [
    { it: 'says who an agent is', as: 'agent', args: {}, gives: { role: 'agent', organization: { mode: 'production', accountStatus: 'approved' }, agent: { displayName: 'agent' }, limits: (l) => l.maxActionsPerMinute > 0 } },
    { it: 'says who an organization is', as: 'organization', args: {}, gives: { role: 'organization', agent: null } },
    { it: 'says who an orchestrator is', as: 'orchestrator', args: {}, gives: { role: 'orchestrator', organization: null, agent: null } },
    { it: 'says that an organization is in the sandbox', as: 'sandboxedOrganization', args: {}, gives: { role: 'organization', organization: { mode: 'sandbox' } } },
  ],
};
