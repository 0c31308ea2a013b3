const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  restOnly: true,
  good: async (s) => ({ agentId: (s.rekeyed ??= await s.spare('New token')).id }),
  rows: [
    { it: 'an agent that is gone', as: operators, args: (s) => ({ agentId: s.gone.id }), refuses: { code: 'conflict', says: /deprovisioned/ } },
    { it: 'makes a new one and revokes the old', as: operators, args: (s) => ({ agentId: s.rekeyed.id }), gives: { success: true, token: /^cmd_live_/, revokedCount: 1 } },
  ],
};
