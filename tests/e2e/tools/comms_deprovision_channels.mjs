const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:provision',
  good: async (s) => ({ agentId: (s.toGo ??= await s.spare('To go')).id }),
  rows: [
    { it: 'takes everything away', as: operators, args: async (s) => ({ agentId: (await s.spare()).id }), gives: { success: true, status: 'deprovisioned', numberReleased: true, warnings: [] } },
    { it: 'keeps the number when told', args: async (s) => ({ agentId: (await s.spare()).id, releaseNumber: false }), gives: { success: true, numberReleased: false } },
    { it: 'is harmless twice', as: operators, args: (s) => ({ agentId: s.gone.id }), gives: { success: true, status: 'deprovisioned', alreadyDeprovisioned: true } },
  ],
};
