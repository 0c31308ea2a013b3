const everyone = ['agent', 'organization', 'orchestrator'];
const sent = async (s) => {
  const to = s.stranger();
  await s.clients.agent.call('comms_send_otp', { to, channel: 'sms' });
  return { contactAddress: to, code: /\d{6}/.exec(s.world.twilio.sent().find((e) => e.to === to).body)[0] };
};
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => (s.sentCode ??= await sent(s)),
  rows: [
    { it: 'takes the right code', as: everyone, args: sent, gives: { valid: true } },
    { it: 'takes it once', args: async (s) => { const code = await sent(s); await s.clients.agent.call('comms_verify_otp', code); return code; }, gives: { valid: false, reason: /./ } },
    { it: 'takes no wrong one', args: async (s) => { const code = await sent(s); return { ...code, code: code.code === '000000' ? '111111' : '000000' }; }, gives: { valid: false, reason: 'the code is wrong' } },
    { it: "takes none of another agent's", as: 'colleague', args: sent, gives: { valid: false } },
    { it: 'knows of no code for anybody', args: { contactAddress: 'somebody', code: '123456' }, gives: { valid: false } },
  ],
};
