const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: () => ({ retentionDays: null }),
  rows: [
    { it: 'fewer days than none', args: { retentionDays: -1 }, refuses: { code: 'invalid_argument', says: /retentionDays/ } },
    { it: 'more days than there are', args: { retentionDays: 36_501 }, refuses: { code: 'invalid_argument', says: /retentionDays/ } },
    { it: 'no days said', args: { retentionDays: undefined }, refuses: { code: 'invalid_argument', says: /retentionDays/ } },
    { it: 'whose, it does not say', as: 'orchestrator', args: { retentionDays: 1, organizationId: undefined }, refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an agent that is not there', as: operators, args: { retentionDays: 1, agentId: 'agt_none' }, refuses: { code: /not_found|invalid_argument/ } },
    { it: 'keeps', as: operators, args: { retentionDays: 3 }, gives: { success: true, retentionDays: 3 } },
    { it: 'keeps nothing', as: operators, args: { retentionDays: 0 }, gives: { success: true, retentionDays: 0 } },
  ],
};
