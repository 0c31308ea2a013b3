const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const setup = (s, more = {}) => ({ action: 'setup', localNumber: s.agent.phone, fromNumber: s.stranger(), destinationNumber: '+14155550177', ...more });
export const table = {
  roles: operators,
  scope: 'comms:send',
  good: () => ({ action: 'list' }),
  rows: [
    { it: 'whose, it does not say', as: 'orchestrator', args: { action: 'list', organizationId: undefined }, refuses: invalid(/'organizationId'/) },
    { it: 'no number to ring', args: (s) => setup(s, { destinationNumber: 'desk' }), refuses: invalid(/'destinationNumber'.*E\.164/) },
    { it: 'no number that rings', args: (s) => setup(s, { fromNumber: 'somebody' }), refuses: invalid(/'fromNumber'.*E\.164/) },
    { it: 'a number of nobody', as: operators, args: (s) => setup(s, { localNumber: '+14155550188' }), refuses: { code: 'not_found', says: /'localNumber'/ } },
    { it: "another organization's number", as: operators, args: (s) => setup(s, { localNumber: s.theirs.agent.phone }), refuses: { code: 'not_found', says: /'localNumber'/ } },
    { it: 'a number put through to itself', args: (s) => setup(s, { destinationNumber: s.agent.phone }), refuses: invalid(/circles/) },
    { it: 'a label of two lines', args: (s) => setup(s, { label: 'a\nb' }), refuses: invalid(/'label'/) },
    { it: 'a second bridge for the same callers', args: async (s) => { const one = setup(s); await s.clients.organization.call('comms_bridge_call', one); return one; }, refuses: { code: 'conflict', says: /remove it first/ } },
    ...['remove', 'call'].map((action) => ({ it: `${action}: a bridge that is not there`, as: operators, args: { action, bridgeId: 'br_none', callerNumber: '+14155550100' }, refuses: { code: 'not_found', says: /no bridge/ } })),
    { it: 'call: nobody who rings', args: async (s) => ({ action: 'call', bridgeId: (await s.clients.organization.call('comms_bridge_call', setup(s))).bridgeId, callerNumber: 'me' }), refuses: invalid(/'callerNumber'/) },
    { it: 'call: a bridge of somebody else', args: async (s) => ({ action: 'call', bridgeId: (await s.clients.organization.call('comms_bridge_call', setup(s))).bridgeId, callerNumber: '+14155550166' }), refuses: invalid(/another 'callerNumber'/) },
    { it: 'sets one up', as: operators, args: (s) => setup(s), gives: { success: true, bridgeId: /^br_/, label: null } },
    { it: 'lists them', as: operators, args: { action: 'list' }, gives: { success: true, routes: (r) => r.length >= 4 } },
    { it: 'removes one', args: async (s) => ({ action: 'remove', bridgeId: (await s.clients.organization.call('comms_bridge_call', setup(s))).bridgeId }), gives: { success: true, removed: true } },
    { it: 'rings who asks and bridges', args: async (s) => { const callerNumber = await s.friend(); return { action: 'call', bridgeId: (await s.clients.organization.call('comms_bridge_call', setup(s, { fromNumber: callerNumber }))).bridgeId, callerNumber, messageClass: 'service' }; }, gives: { success: true, bridgeCallId: /^call_/ } },
  ],
};
