const everyone = ['agent', 'organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const reminder = { greeting: 'Your table is ready.', messageClass: 'service' };
/** Where it is told, once, that the limit is reached. */
const alerted = ['limit_alerts', 'inbox', 'callback_deliveries'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ to: s.callee ??= await s.friend(), ...reminder }),
  rows: [
    { it: 'no number', args: { ...reminder, to: 'somebody' }, refuses: invalid(/'to'.*E\.164/) },
    { it: 'a number without its country', args: { ...reminder, to: '4155550100' }, refuses: invalid(/'to'/) },
    { it: 'nobody agreed', args: (s) => ({ ...reminder, to: s.stranger() }), refuses: { code: 'rejected', rule: 'consent' } },
    { it: 'marketing at night', args: (s) => ({ to: s.callee, greeting: 'New menu.', timeZone: s.night }), refuses: { code: 'rejected', rule: /hours/, until: true } },
    { it: 'what the content filter holds', args: (s) => ({ ...reminder, to: s.callee, greeting: 'I will kill you tonight' }), refuses: { code: 'rejected', rule: 'content.threat' } },
    { it: 'a third call of the day to one number', args: async (s) => {
      const to = await s.friend();
      for (let i = 0; i < 2; i++) await s.clients.agent.call('comms_make_call', { to, greeting: s.text(), messageClass: 'service' });
      return { ...reminder, to };
    }, alsoWrites: alerted, alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.same_number', until: true } },
    { it: 'a key that was used for something else', args: async (s) => {
      const [to, idempotencyKey] = [await s.friend(), s.text('key')];
      await s.clients.agent.call('comms_make_call', { ...reminder, to, idempotencyKey });
      return { ...reminder, to, greeting: 'Other words.', idempotencyKey };
    }, refuses: { code: 'idempotency_mismatch' } },
    { it: 'switched off', as: 'blocked', args: (s) => ({ ...reminder, to: s.callee }), refuses: { code: 'rejected', rule: 'channel' } },
    { it: 'exhausted', as: 'spent', args: (s) => ({ ...reminder, to: s.stranger(), messageClass: 'otp' }), alsoWrites: alerted, alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.per_day', until: true } },
    { it: 'gone', as: ['organization', 'orchestrator'], args: (s) => ({ ...reminder, agentId: s.gone.id, to: s.stranger() }), refuses: { code: 'rejected', rule: 'agent_active' } },
    { it: 'of a suspended organization', as: 'orchestrator', args: (s) => ({ ...reminder, agentId: s.suspended.agent.id, to: s.stranger(), messageClass: 'otp' }), refuses: { code: 'rejected', rule: 'suspended' } },
    { it: 'in the sandbox, with a real provider', as: 'sandboxedAgent', args: (s) => ({ ...reminder, to: s.stranger(), messageClass: 'otp' }), refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'calls', as: everyone, args: async (s) => ({ ...reminder, to: await s.friend(), record: true }), gives: { success: true, status: 'queued', callId: /^call_/, callSid: /^CA/, deduplicated: false } },
    { it: 'says what the vendor refused', args: async (s) => { s.world.twilio.fault({ match: /POST .*Calls\.json/, status: 400, body: { code: 21215, message: 'Geo permission', more_info: 'https://www.twilio.com/docs/errors/21215', status: 400 } }); return { ...reminder, to: await s.friend() }; }, fails: { success: false, vendorCode: '21215', remedy: /./ } },
  ],
};
