const everyone = ['agent', 'organization', 'orchestrator'];
const scheduled = async (s) => (await s.clients.agent.call('comms_send_message', { channel: 'sms', to: s.agreed ??= await s.friend(), body: s.text(), messageClass: 'service', sendAt: s.ahead(86_400_000) })).messageId;
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ messageId: s.scheduled ??= await scheduled(s) }),
  rows: [
    { it: 'a message that is not there', as: everyone, args: { messageId: 'msg_none' }, refuses: { code: 'not_found', says: /no message/ } },
    { it: "another organization's message", as: everyone, args: (s) => ({ messageId: s.theirMessage }), refuses: { code: 'not_found' } },
    { it: "another agent's message", as: 'colleague', args: async (s) => ({ messageId: await scheduled(s) }), refuses: { code: 'not_found' } },
    { it: 'what the vendor has', args: async (s) => ({ messageId: (await s.clients.agent.call('comms_send_message', { channel: 'sms', to: s.agreed, body: s.text(), messageClass: 'service' })).messageId }), refuses: { code: 'rejected', says: /cannot be taken back/ } },
    { it: 'cancels', as: everyone, args: async (s) => ({ messageId: await scheduled(s) }), gives: { success: true, status: 'cancelled' } },
    { it: 'cancels twice', args: async (s) => ({ messageId: s.scheduled }), gives: { success: true, status: 'cancelled' } },
  ],
};
