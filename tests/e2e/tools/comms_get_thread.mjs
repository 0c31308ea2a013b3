const everyone = ['agent', 'organization', 'orchestrator'];
const thread = async (s) => {
  const { messageId } = await s.clients.agent.call('comms_send_message', { channel: 'sms', to: s.agreed ??= await s.friend(), body: s.text(), messageClass: 'service' });
  return (await s.clients.agent.call('comms_get_message', { messageId })).message.threadId;
};
export const table = {
  roles: everyone,
  scope: 'comms:read',
  restOnly: true, // over MCP it is a resource
  good: async (s) => ({ threadId: s.thread ??= await thread(s) }),
  rows: [
    { it: 'a thread that is not there', as: everyone, args: { threadId: 'none' }, refuses: { code: 'not_found', says: /no such thread/ } },
    { it: "another agent's thread", as: 'colleague', args: (s) => ({ threadId: s.thread }), refuses: { code: 'not_found' } },
    { it: 'a page that is none', args: (s) => ({ threadId: s.thread, before: 'x' }), refuses: { code: 'invalid_argument', says: /before/ } },
    { it: 'shows it', as: everyone, args: (s) => ({ threadId: s.thread }), gives: { threadId: (id) => id.length > 0, entries: (e) => e.length > 0 && e.every((one) => one.id && !('body' in one)) } },
  ],
};
