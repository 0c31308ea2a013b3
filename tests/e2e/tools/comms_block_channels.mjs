const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: async (s) => ({ agentId: (s.toBlock ??= await s.spare('Blocked now')).id, channels: ['sms'] }),
  rows: [
    { it: 'a channel that is none', args: async (s) => ({ agentId: s.toBlock.id, channels: ['sms', 'fax'] }), refuses: { code: 'invalid_argument', says: /channels/ } },
    { it: 'an agent that is gone', as: operators, args: (s) => ({ agentId: s.gone.id, channels: ['sms'] }), refuses: { code: 'not_found', says: /given up/ } },
    { it: 'blocks some', as: operators, args: (s) => ({ agentId: s.toBlock.id, channels: ['sms', 'voice'] }), gives: { success: true, blockedChannels: ['sms', 'voice'] } },
    { it: 'blocks all', args: (s) => ({ agentId: s.toBlock.id, channels: ['*'] }), gives: { success: true, blockedChannels: (b) => b.length >= 1 } },
    { it: 'unblocks', as: operators, args: (s) => ({ agentId: s.toBlock.id, channels: [] }), gives: { success: true, blockedChannels: [] } },
  ],
};
