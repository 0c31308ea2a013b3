const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: () => ({ maxAgents: 1000 }),
  rows: [
    { it: 'fewer than there are', as: operators, args: { maxAgents: 1 }, refuses: { code: 'rejected', says: /more than 'maxAgents'/ } },
    { it: 'whose, it does not say', as: 'orchestrator', args: { maxAgents: 10, organizationId: undefined }, refuses: { code: 'invalid_argument', says: /'organizationId'/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: { maxAgents: 10, organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: 'sets it', as: operators, args: { maxAgents: 900 }, gives: { success: true, pool: { maxAgents: 900, slotsRemaining: (n) => n > 0 } }, differs: true },
    { it: 'sets it for a full organization', as: 'fullOrganization', args: { maxAgents: 1 }, gives: { success: true, pool: { maxAgents: 1, activeAgents: 1, slotsRemaining: 0 } } },
  ],
};
