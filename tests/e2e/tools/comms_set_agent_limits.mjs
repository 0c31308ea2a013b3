const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  agentNeeded: true,
  good: async (s) => ({ agentId: (s.limited ??= await s.spare('Limited')).id, limits: { maxActionsPerDay: 100 } }),
  rows: [
    { it: 'no limit at all', as: operators, args: { limits: {} }, refuses: { code: 'invalid_argument', says: /at least one limit/ } },
    { it: 'a fraction of a millionth', args: { limits: { maxSpendPerDay: 0.0000001 } }, refuses: { code: 'invalid_argument', says: /six decimals/ } },
    { it: "the organization's cap for one agent", args: { limits: { maxOrganizationSpendPerDay: 5 } }, refuses: { code: 'invalid_argument', says: /leave out agentId/ } },
    { it: 'an agent and the organization of another', as: 'orchestrator', args: (s) => ({ agentId: s.agent.id, organizationId: s.theirs.id, limits: { maxActionsPerDay: 5 } }), refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { agentId: undefined, organizationId: 'org_none', limits: { maxActionsPerDay: 5 } }, refuses: { code: 'not_found', says: /organization/ } },
    { it: 'sets it for an agent', as: operators, args: (s) => ({ agentId: s.limited.id, limits: { maxActionsPerDay: 4321, maxSpendPerDay: 2.5, maxCallsPerDaySameNumber: 100 } }), gives: { success: true, currentLimits: { maxActionsPerDay: 4321, maxSpendPerDay: 2.5 } } },
    { it: 'takes it away again', as: operators, args: (s) => ({ agentId: s.limited.id, limits: { maxActionsPerDay: null, maxSpendPerDay: null } }), gives: { success: true, currentLimits: { maxActionsPerDay: (n) => n > 4321 } } },
    { it: 'sets the caps of an organization', as: 'organization', args: { agentId: undefined, limits: { maxOrganizationSpendPerDay: 5000 } }, gives: { success: true, organizationCaps: { maxOrganizationSpendPerDay: 5000 } } },
    { it: 'sets them for an operator', as: 'orchestrator', args: (s) => ({ agentId: undefined, organizationId: s.theirs.id, limits: { maxOrganizationSpendPerMonth: 9000 } }), gives: { success: true, organizationCaps: { maxOrganizationSpendPerMonth: 9000 } } },
  ],
};
