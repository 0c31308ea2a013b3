export const table = {
  roles: ['orchestrator'],
  scope: 'comms:admin',
  restOnly: true, // no model is shown it
  good: () => ({ name: 'resend' }),
  rows: [
    { it: 'finds none that is held back', args: { name: 'twilio' }, refuses: { code: 'not_found', says: /no plugin 'twilio' is held back/ } },
    { it: 'finds none of a name nobody has', args: { name: 'nobody at all' }, refuses: { code: 'not_found', says: /held back/ } },
    { it: 'forgives one its crashes', args: { name: 'resend' }, gives: { enabled: 'org.commsd.resend' } },
  ],
};
