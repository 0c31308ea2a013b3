const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: (s) => ({ contactAddress: s.known ??= s.stranger(), channel: 'sms', source: 'sign-up form' }),
  rows: [
    { it: 'no number', args: { contactAddress: 'somebody', channel: 'sms' }, refuses: { code: 'invalid_argument', says: /E\.164/ } },
    { it: 'no mail address', args: { contactAddress: 'guest@', channel: 'email' }, refuses: { code: 'invalid_argument', says: /e-mail address/ } },
    { it: 'an end that has passed', args: { contactAddress: '+14155550100', channel: 'sms', expiresAt: '2020-01-01T00:00:00Z' }, refuses: { code: 'invalid_argument', says: /'expiresAt' has passed/ } },
    { it: 'a day that no month has', args: { contactAddress: '+14155550100', channel: 'sms', expiresAt: '2027-02-30T00:00:00Z' }, refuses: { code: 'invalid_argument', says: /expiresAt/ } },
    { it: 'records it', as: everyone, args: (s) => ({ contactAddress: s.stranger(), channel: 'sms', consentType: 'implied', source: 'asked us', notes: 'by phone' }), gives: { success: true, status: 'granted', expiresAt: null } },
    { it: 'records until when', args: (s) => ({ contactAddress: s.stranger(), channel: 'voice', expiresAt: '2099-01-01T00:00:00Z' }), gives: { success: true, expiresAt: '2099-01-01T00:00:00.000Z' } },
    { it: 'records it for mail', args: { contactAddress: 'guest@example.com', channel: 'email' }, gives: { success: true, status: 'granted' } },
    { it: 'records it for an agent that is switched off', as: 'blocked', args: (s) => ({ contactAddress: s.stranger(), channel: 'sms' }), gives: { success: true } },
  ],
};
