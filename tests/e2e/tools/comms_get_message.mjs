const everyone = ['agent', 'organization', 'orchestrator'];
const sent = async (s, more = {}) => (await s.clients.agent.call('comms_send_message', { channel: 'sms', to: s.agreed ??= await s.friend(), body: s.text(), messageClass: 'service', ...more })).messageId;
export const table = {
  roles: everyone,
  scope: 'comms:read',
  good: async (s) => ({ messageId: s.sent ??= await sent(s) }),
  rows: [
    { it: 'a message that is not there', as: everyone, args: { messageId: 'msg_none' }, refuses: { code: 'not_found', says: /no message/ } },
    { it: 'a call that is not there', as: everyone, args: { messageId: 'call_none' }, refuses: { code: 'not_found', says: /no call/ } },
    { it: "another organization's message", as: everyone, args: (s) => ({ messageId: s.theirMessage }), refuses: { code: 'not_found' } },
    { it: "another agent's message", as: 'colleague', args: (s) => ({ messageId: s.sent }), refuses: { code: 'not_found' } },
    { it: 'shows a message', as: everyone, args: (s) => ({ messageId: s.sent }), gives: { message: { status: 'submitted', channel: 'sms' }, timeline: (t) => t.length >= 2, failure: null } },
    { it: 'shows a call', args: async (s) => ({ messageId: (s.live ??= await s.call()).callId }), gives: { message: { channel: 'voice', status: /in.progress/ }, failure: null } },
    { it: 'shows one to its organization by its id alone', as: 'organization', args: (s) => ({ messageId: s.sent, agentId: undefined }), gives: { message: { status: 'submitted' } } },
  ],
};
