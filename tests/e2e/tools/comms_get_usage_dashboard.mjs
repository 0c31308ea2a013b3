const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  agentNeeded: false,
  good: () => ({ period: 'today' }),
  rows: [
    { it: 'an agent and the organization of another', as: 'orchestrator', args: (s) => ({ agentId: s.agent.id, organizationId: s.theirs.id }), refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { organizationId: 'org_none' }, refuses: { code: 'not_found', says: /organization/ } },
    { it: 'shows an agent itself', args: {}, gives: { period: 'today', currency: 'USD', totalActions: (n) => n >= 0, limits: (l) => l.maxActionsPerDay > 0 } },
    { it: 'shows what is exhausted', as: 'spent', args: { period: 'all' }, gives: { totalActions: 1, currentUsage: { actionsToday: 1, actionsLimit: 1 } } },
    { it: 'shows an organization all of its agents', as: 'organization', args: { period: 'month' }, gives: { globalTotals: (t) => t.totalActions >= 1, agents: (a) => a.length >= 1, agentsOmitted: 0 } },
    { it: 'shows an operator one organization', as: 'orchestrator', args: (s) => ({ organizationId: s.theirs.id, period: 'week' }), gives: { agents: (a) => a.length === 1, globalTotals: { totalActions: 1 } } },
    { it: 'shows an operator one agent', as: 'orchestrator', args: (s) => ({ agentId: s.spent.id, organizationId: undefined }), gives: { totalActions: 1 } },
  ],
};
