const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  restOnly: true,
  good: async (s) => ({ agentId: (s.keeps ??= await s.spare('Keeps')).id }),
  rows: [
    { it: 'shows that nothing is kept', as: operators, args: (s) => ({ agentId: s.keeps.id }), gives: { success: true, persistent: false, usedBytes: 0 } },
    { it: 'keeps', as: operators, args: async (s) => ({ agentId: (await s.spare('Keeps too')).id, persistent: true, quotaBytes: 1000, retentionDays: 7 }), gives: { success: true, persistent: true, quotaBytes: 1000, retentionDays: 7, stored: 0 } },
  ],
};
