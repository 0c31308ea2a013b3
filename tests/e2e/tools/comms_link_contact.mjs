const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: (s) => ({ addresses: [s.linkedOne ??= s.stranger(), 'linked@example.com'] }),
  rows: [
    { it: 'one address', args: { addresses: ['+14155550100'] }, refuses: { code: 'invalid_argument', says: /2 to 20/ } },
    { it: 'the same twice', args: { addresses: ['a@example.com', 'A@example.com'] }, refuses: { code: 'invalid_argument', says: /2 to 20/ } },
    { it: 'what is no address', args: { addresses: ['+14155550100', 'nobody'] }, refuses: { code: 'invalid_argument', says: /E.164/ } },
    { it: 'unlinks two at a time', args: { action: 'unlink', addresses: ['+14155550100', '+14155550101'] }, refuses: { code: 'invalid_argument', says: /the one address/ } },
    { it: 'unlinks what is linked to nothing', as: everyone, args: { action: 'unlink', addresses: ['+14155550199'] }, refuses: { code: 'not_found', says: /linked to no contact/ } },
    { it: 'links', as: everyone, args: (s) => ({ addresses: [s.linkedOne, 'linked@example.com'] }), gives: { success: true, threadId: (id) => id.length > 0, addresses: (a) => a.includes('linked@example.com') } },
    { it: 'links them to a third', args: (s) => ({ addresses: [s.linkedOne, 'third@example.com'] }), gives: { success: true, addresses: (a) => a.length === 3 } },
    { it: 'unlinks', args: async (s) => { const [one, other] = [s.stranger(), `unlinked-${++s.people}@example.com`]; await s.clients.agent.call('comms_link_contact', { addresses: [one, other] }); return { action: 'unlink', addresses: [other] }; }, gives: { success: true, threadId: null, addresses: [] } },
  ],
};
