const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  agentNeeded: false,
  organizationNeeded: true,
  good: async (s) => ({ agentId: (s.kept ??= await s.spare('Kept')).id, retentionDays: 30 }),
  rows: [
    { it: 'whose, it does not say', as: 'orchestrator', args: { retentionDays: 1, organizationId: undefined }, refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { retentionDays: 1, organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: 'keeps for an agent', as: operators, args: (s) => ({ agentId: s.kept.id, retentionDays: 30 }), gives: { success: true, retentionDays: 30 } },
    { it: 'keeps nothing', args: (s) => ({ agentId: s.kept.id, retentionDays: 0 }), gives: { success: true, retentionDays: 0 } },
    { it: 'goes back to what holds for all', args: (s) => ({ agentId: s.kept.id, retentionDays: null }), gives: { success: true } },
    { it: 'keeps for an organization', as: 'theirsOrganization', args: { retentionDays: 7 }, gives: { success: true, agentId: null, retentionDays: 7 } },
  ],
};
