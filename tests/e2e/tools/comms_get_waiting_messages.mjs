const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  good: () => ({ limit: 5 }),
  rows: [
    { it: 'a cursor that is none', args: { since: 'yesterday' }, refuses: { code: 'invalid_argument', says: /'since' is not a cursor/ } },
    { it: 'a cursor below zero', args: { since: '-1' }, refuses: { code: 'invalid_argument', says: /'since'/ } },
    { it: 'gives what came in', as: everyone, args: async (s) => { const body = s.text(); await s.world.twilio.inbound(s.agent.hook('sms'), { from: s.writer ??= s.stranger(), to: s.agent.phone, body }); return { channel: 'sms' }; },
      gives: { count: (n) => n >= 1, messages: (m) => m.every((one) => one.channel === 'sms' && one.cursor) }, differs: true },
    { it: 'gives all of it again', args: { includeAcknowledged: true, limit: 200 }, gives: { count: (n) => n >= 6 }, differs: true },
    { it: 'gives nothing when there is nothing', as: 'colleague', args: { channel: 'voice' }, gives: { messages: [], count: 0, acknowledged: 0 } },
    { it: 'gives an agent that is switched off what is there', as: 'blocked', args: {}, gives: { count: 0 } },
  ],
};
