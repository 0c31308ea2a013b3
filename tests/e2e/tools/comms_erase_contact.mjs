const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: () => ({ contactAddress: '+447700900987' }),
  rows: [
    ...['nobody', '4155550100', '+1', 'a@b'].map((contactAddress) => (
      { it: `no address: ${contactAddress}`, as: operators, args: { contactAddress }, refuses: { code: 'invalid_argument', says: /contactAddress/ } })),
    { it: 'whose, it does not say', as: 'orchestrator', args: { contactAddress: '+447700900987', organizationId: undefined }, refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { contactAddress: '+447700900987', organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: "an agent's own number", as: operators, args: (s) => ({ contactAddress: s.agent.phone }), refuses: { code: 'rejected', says: /own/ } },
    { it: 'erases, and says what', as: operators, args: { contactAddress: '+44 7700 900986' }, gives: { success: true, status: 'completed', erased: { messages: 0 }, cancelled: 0 }, differs: 'erasureId' },
  ],
};
