const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  restOnly: true,
  good: () => ({ postalAddress: 'Suite Inc., 1 Main Street, Springfield' }),
  rows: [
    { it: 'one that is too short', args: { postalAddress: 'here' }, refuses: { code: 'invalid_argument', says: /postalAddress/ } },
    { it: 'one of too many lines', args: { postalAddress: '1\n2\n3\n4\n5\n6\n7 Main Street' }, refuses: { code: 'invalid_argument', says: /six lines/ } },
    { it: 'whose, it does not say', as: 'orchestrator', args: { organizationId: undefined }, refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: 'sets it', as: operators, args: { postalAddress: ' Suite Inc.\n\n 1 Main Street ' }, gives: { success: true, postalAddress: 'Suite Inc.\n1 Main Street' } },
  ],
};
