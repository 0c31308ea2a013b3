export const table = {
  roles: ['agent', 'organization', 'orchestrator'],
  scope: 'comms:read',
  good: () => ({ message: 'hello' }),
  rows: [
    { it: 'answers, and echoes', as: ['agent', 'organization', 'orchestrator'], args: { message: 'hello' }, gives: { status: 'ok', server: 'commsd', echo: 'hello', providers: { telephony: 'twilio', email: 'resend' } } },
    { it: 'answers without a message', args: {}, gives: { status: 'ok', echo: null } },
    { it: 'answers an agent that is switched off', as: 'blocked', args: {}, gives: { status: 'ok' } },
  ],
};
