export const table = {
  roles: ['orchestrator'],
  editions: ['enterprise', 'saas'],
  scope: 'comms:admin',
  good: () => ({}),
  rows: [
    { it: 'lists them, in every state', args: {}, gives: { total: (n) => n >= 5, organizations: (all) => ['approved', 'suspended'].every((state) => all.some((o) => o.accountStatus === state)) && all.some((o) => o.mode === 'sandbox') } },
  ],
};
