const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  good: () => ({ timeoutSeconds: 1 }),
  rows: [
    { it: 'a cursor that is none', args: { since: 'yesterday', timeoutSeconds: 1 }, refuses: { code: 'invalid_argument', says: /'since' is not a cursor/ } },
    { it: 'gives at once what is there', as: everyone, args: async (s) => { await s.world.twilio.inbound(s.agent.hook('sms'), { from: s.writer ??= s.stranger(), to: s.agent.phone, body: s.text() }); return { channel: 'sms', timeoutSeconds: 50 }; },
      gives: { timedOut: false, count: (n) => n >= 1 }, differs: true },
    { it: 'says that nothing came', as: 'colleague', args: { channel: 'voice', timeoutSeconds: 1 }, gives: { timedOut: true, messages: [], count: 0 } },
  ],
};
