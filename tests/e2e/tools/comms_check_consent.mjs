const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  good: (s) => ({ contactAddress: s.known ??= s.stranger(), channel: 'sms' }),
  rows: [
    { it: 'a letter is no number', args: { contactAddress: '+1415555abcd', channel: 'sms' }, refuses: { code: 'invalid_argument', says: /'contactAddress'.*E\.164/ } },
    { it: 'a number without its country', args: { contactAddress: '4155550100', channel: 'voice' }, refuses: { code: 'invalid_argument', says: /E\.164/ } },
    { it: 'a number on the channel email', args: { contactAddress: '+14155550100', channel: 'email' }, refuses: { code: 'invalid_argument', says: /e-mail address/ } },
    { it: 'shows a consent that is on record', as: everyone, args: async (s) => ({ contactAddress: (s.agreed ??= await s.friend()), channel: 'sms' }),
      gives: { hasConsent: true, status: 'granted', consentType: 'express', source: 'sign-up form', optedOut: false } },
    { it: 'shows that there is none', as: everyone, args: (s) => ({ contactAddress: s.stranger(), channel: 'whatsapp' }), gives: { hasConsent: false, status: 'none', optedOut: false } },
    { it: "knows nothing of what was told another agent", as: 'colleague', args: async (s) => ({ contactAddress: s.agreed, channel: 'sms' }), gives: { hasConsent: false, status: 'none' } },
  ],
};
