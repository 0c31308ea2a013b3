const everyone = ['agent', 'organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const asks = { requesterPhone: '+14155550101', requesterName: 'the front desk', message: 'Your table is ready.', messageClass: 'service' };
/** Where it is told, once, that the limit is reached. */
const alerted = ['limit_alerts', 'inbox', 'callback_deliveries'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ target: s.callee ??= await s.friend(), ...asks }),
  rows: [
    { it: 'no number', args: { ...asks, target: 'somebody' }, refuses: invalid(/'target'|'to'/) },
    { it: 'nobody who asks', args: (s) => ({ ...asks, target: s.callee, requesterPhone: 'me' }), refuses: invalid(/'requesterPhone'/) },
    { it: 'nobody agreed', args: (s) => ({ ...asks, target: s.stranger() }), refuses: { code: 'rejected', rule: 'consent' } },
    { it: 'switched off', as: 'blocked', args: (s) => ({ ...asks, target: s.callee }), refuses: { code: 'rejected', rule: 'channel' } },
    { it: 'exhausted', as: 'spent', args: (s) => ({ ...asks, target: s.stranger(), messageClass: 'otp' }), alsoWrites: alerted, alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.per_day' } },
    { it: 'in the sandbox, with a real provider', as: 'sandboxedAgent', args: (s) => ({ ...asks, target: s.stranger(), messageClass: 'otp' }), refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'calls', as: everyone, args: async (s) => ({ ...asks, target: await s.friend(), targetName: 'Sam' }), gives: { success: true, status: 'queued', callId: /^call_/ } },
  ],
};
