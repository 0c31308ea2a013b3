const everyone = ['agent', 'organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
/** Where it is told, once, that the limit is reached. */
const alerted = ['limit_alerts', 'inbox', 'callback_deliveries'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: (s) => ({ to: s.coded ??= s.stranger(), channel: 'sms' }),
  rows: [
    { it: 'no number', args: { to: 'somebody', channel: 'sms' }, refuses: invalid(/'to'/) },
    { it: 'no mail address', args: { to: '+14155550100', channel: 'email' }, refuses: invalid(/'to'/) },
    { it: 'a purpose of two lines', args: (s) => ({ to: s.coded, channel: 'sms', purpose: 'a\nb' }), refuses: invalid(/'purpose'/) },
    { it: 'a sixth code in an hour', args: async (s) => { const to = s.stranger(); for (let i = 0; i < 5; i++) await s.clients.agent.call('comms_send_otp', { to, channel: 'sms' }); return { to, channel: 'sms' }; }, refuses: { code: 'rate_limited', rule: 'otp.per_hour' } },
    { it: 'opted out', args: async (s) => { const to = s.stranger(); await s.world.twilio.inbound(s.agent.hook('sms'), { from: to, to: s.agent.phone, body: 'STOP' }); return { to, channel: 'sms' }; }, refuses: { code: 'rejected', rule: 'opt_out' } },
    { it: 'switched off', as: 'blocked', args: (s) => ({ to: s.coded, channel: 'sms' }), refuses: { code: 'rejected', rule: 'channel' } },
    { it: 'exhausted', as: 'spent', args: (s) => ({ to: s.coded, channel: 'sms' }), alsoWrites: alerted, alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.per_day' } },
    { it: 'in the sandbox, with a real provider', as: 'sandboxedAgent', args: (s) => ({ to: s.stranger(), channel: 'sms' }), refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'sends a code', as: everyone, args: (s) => ({ to: s.stranger(), channel: 'sms', purpose: 'the guest list' }), gives: { success: true, expiresIn: '5 minutes', channel: 'sms' } },
    { it: 'sends it by mail', args: (s) => ({ to: `code-${s.text('guest').replace(' ', '-')}@example.com`, channel: 'email' }), gives: { success: true, channel: 'email' }, differs: true },
  ],
};
