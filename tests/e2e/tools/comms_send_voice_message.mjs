const everyone = ['agent', 'organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const words = { text: 'Your table is ready.', messageClass: 'service' };
/** Where it is told, once, that the limit is reached. */
const alerted = ['limit_alerts', 'inbox', 'callback_deliveries'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ to: s.callee ??= await s.friend(), ...words }),
  rows: [
    { it: 'no number', args: { ...words, to: 'somebody' }, refuses: invalid(/'to'.*E\.164/) },
    { it: 'nobody agreed', args: (s) => ({ ...words, to: s.stranger() }), refuses: { code: 'rejected', rule: 'consent' } },
    { it: 'by WhatsApp to somebody who has not written', args: (s) => ({ ...words, to: s.callee, channel: 'whatsapp' }), alsoWrites: ['spoken_audio'], refuses: { code: 'rejected' } },
    { it: 'what the content filter holds', args: (s) => ({ ...words, to: s.callee, text: 'I will kill you tonight' }), refuses: { code: 'rejected', rule: 'content.threat' } },
    { it: 'switched off', as: 'blocked', args: (s) => ({ ...words, to: s.callee }), refuses: { code: 'rejected', rule: 'channel' } },
    { it: 'exhausted', as: 'spent', args: (s) => ({ ...words, to: s.stranger(), messageClass: 'otp' }), alsoWrites: [...alerted, 'spoken_audio'], alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.per_day' } },
    { it: 'in the sandbox, with a real provider', as: 'sandboxedAgent', args: (s) => ({ ...words, to: s.stranger(), messageClass: 'otp' }), alsoWrites: ['spoken_audio'], refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'speaks on a call', as: everyone, args: async (s) => ({ ...words, to: await s.friend() }), gives: { success: true, status: 'queued', callId: /^call_/, audioUrl: /^http/ }, differs: true },
  ],
};
