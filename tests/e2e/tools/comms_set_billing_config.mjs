const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: async (s) => ({ agentId: (s.billed ??= await s.spare('Billed')).id, markupPercent: 10 }),
  rows: [
    { it: 'nothing to set', as: operators, args: {}, refuses: { code: 'invalid_argument', says: /name what to set/ } },
    { it: 'a markup of too many decimals', args: { markupPercent: 1.00001 }, refuses: { code: 'invalid_argument', says: /four decimals/ } },
    { it: 'an address that is none', args: { billingEmail: 'desk@' }, refuses: { code: 'invalid_argument', says: /billingEmail/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { agentId: undefined, organizationId: 'org_none', tier: 'free' }, refuses: { code: 'not_found' } },
    { it: 'sets it', as: operators, args: (s) => ({ agentId: s.billed.id, tier: 'enterprise', markupPercent: 12.5, billingEmail: 'desk@example.com' }), gives: { success: true, billingConfig: { tier: 'enterprise', markupPercent: 12.5, billingEmail: 'desk@example.com' }, tierLimits: { maxActionsPerMinute: 100 }, availableTiers: (t) => t.includes('pro') } },
    { it: 'sets it for all of an organization', as: 'organization', args: { agentId: undefined, markupPercent: 5 }, gives: { success: true, billingConfig: { markupPercent: 5 } } },
  ],
};
