const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: (s) => ({ contactAddress: s.known ??= s.stranger(), channel: 'sms' }),
  rows: [
    { it: 'no number', args: { contactAddress: 'somebody', channel: 'sms' }, refuses: { code: 'invalid_argument', says: /E\.164/ } },
    { it: 'no mail address', args: { contactAddress: '+14155550100', channel: 'email' }, refuses: { code: 'invalid_argument', says: /e-mail address/ } },
    { it: 'revokes what was on record', as: everyone, args: async (s) => ({ contactAddress: await s.friend(), channel: 'sms' }), gives: { success: true, status: 'revoked', message: (m) => m === undefined } },
    { it: 'keeps a refusal of somebody unknown too', args: (s) => ({ contactAddress: s.stranger(), channel: 'voice' }), gives: { success: true, status: 'revoked', message: /no consent was on record/ } },
  ],
};
