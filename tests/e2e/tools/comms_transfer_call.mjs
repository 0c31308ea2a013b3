const everyone = ['agent', 'organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ callSid: (s.live ??= await s.call()).callSid, to: s.callee ??= await s.friend(), messageClass: 'service' }),
  rows: [
    { it: 'a call that is not there', as: everyone, args: (s) => ({ callSid: 'call_none', to: s.callee }), refuses: { code: 'not_found', says: /no call/ } },
    { it: "another agent's call", as: 'colleague', args: (s) => ({ callSid: s.live.callSid, to: s.callee }), refuses: { code: 'not_found' } },
    { it: "another organization's agent as the target", args: (s) => ({ callSid: s.live.callSid, to: s.theirs.agent.id }), refuses: { code: 'not_found', says: /no agent/ } },
    { it: 'no number and no agent', args: (s) => ({ callSid: s.live.callSid, to: 'somebody' }), refuses: { code: 'not_found', says: /no agent/ } },
    { it: 'a number that is none', args: (s) => ({ callSid: s.live.callSid, to: '+1' }), refuses: invalid(/'to'/) },
    { it: 'nobody agreed', args: (s) => ({ callSid: s.live.callSid, to: s.stranger(), messageClass: 'service' }), refuses: { code: 'rejected', rule: 'consent' } },
    { it: 'a call that is over', args: async (s) => { const made = await s.call(); await s.world.twilio.callProgress(made.callSid, 'completed'); return { callSid: made.callSid, to: s.callee, messageClass: 'service' }; }, refuses: { code: 'conflict', says: /not under way/ } },
    { it: 'puts it through to a number', as: everyone, args: async (s) => ({ callSid: (await s.call()).callSid, to: await s.friend(), announcementText: 'One moment.', messageClass: 'service' }), gives: { success: true, status: 'transferred' } },
    { it: 'puts a call that is recorded through, and whoever is new is asked about', as: everyone, args: async (s) => ({ callSid: (await s.call(undefined, { record: true })).callSid, to: await s.friend(), messageClass: 'service' }), gives: { success: true, status: 'transferred' } },
    { it: 'puts it through to an agent', args: async (s) => ({ callSid: (await s.call()).callId, to: s.colleague.id, messageClass: 'service' }), gives: { success: true, status: 'transferred' } },
  ],
};
