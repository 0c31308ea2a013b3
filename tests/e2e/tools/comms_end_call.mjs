const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ callSid: (s.live ??= await s.call()).callSid }),
  rows: [
    { it: 'a call that is not there', as: everyone, args: { callSid: 'call_none' }, refuses: { code: 'not_found', says: /no call/ } },
    { it: "another agent's call", as: 'colleague', args: async (s) => ({ callSid: (await s.call()).callSid }), refuses: { code: 'not_found' } },
    { it: 'ends it', as: everyone, args: async (s) => ({ callSid: (await s.call()).callSid }), gives: { success: true, callId: /^call_/ } },
    { it: 'a call that is over is a success', args: async (s) => { const made = await s.call(); await s.world.twilio.callProgress(made.callSid, 'completed'); return { callSid: made.callId }; }, gives: { success: true, status: 'completed' } },
  ],
};
