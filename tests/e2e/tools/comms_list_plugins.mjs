const shown = (all, name, slot) => all.find((p) => p.name === name && p.slot === slot);
export const table = {
  roles: ['orchestrator'],
  scope: 'comms:admin',
  restOnly: true, // no model is shown it
  good: () => ({}),
  rows: [
    { it: 'lists providers in use and files nobody uses, and no setting of any', args: {}, gives: {
      safeMode: false,
      restartAdvised: [],
      plugins: (all) => {
        const twilio = shown(all, 'twilio', 'telephony');
        return twilio.status === 'healthy' && twilio.trust === 'any' && /^[0-9a-f]{64}$/.test(twilio.sha256) && twilio.generation > 0 && twilio.egress.includes('https://api.twilio.com')
          && shown(all, 'sqlite', 'database') !== undefined && !JSON.stringify(all).includes('auth_token');
      } } },
  ],
};
