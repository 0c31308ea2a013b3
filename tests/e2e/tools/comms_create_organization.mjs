const invalid = (says) => ({ code: 'invalid_argument', says });
export const table = {
  roles: ['orchestrator'],
  editions: ['enterprise', 'saas'],
  scope: 'comms:admin',
  good: () => ({ name: 'Bakery', slug: 'bakery-never' }),
  rows: [
    { it: 'a slug with capitals', args: { name: 'Bakery', slug: 'Bakery' }, refuses: invalid(/'slug'/) },
    { it: 'a website that is none', args: { name: 'Bakery', slug: 'bakery-x', website: 'bakery' }, refuses: invalid(/'website'/) },
    { it: 'a name of two lines', args: { name: 'a\nb', slug: 'bakery-x' }, refuses: invalid(/'name'/) },
    { it: 'settings that are too large', args: { name: 'Bakery', slug: 'bakery-x', settings: { note: 'x'.repeat(17_000) } }, refuses: { code: 'too_large', says: /16 KiB/ } },
    { it: 'a slug that is taken', args: async (s) => { s.slug ??= (await s.clients.orchestrator.call('comms_create_organization', { name: 'Bakery', slug: 'bakery-taken' })).slug; return { name: 'Other', slug: s.slug }; }, refuses: { code: 'conflict', says: /another organization/ } },
    { it: 'creates one, in the sandbox until its review', args: (s) => ({ name: 'Bakery', slug: s.text('slug').replace(' ', '-'), company: 'Bakery Ltd', website: 'https://bakery.example.com', useCase: 'reminders' }),
      gives: { success: true, orgId: /^org_/, mode: 'sandbox', accountStatus: 'pending_review', adminToken: /^cmd_live_/ } },
  ],
};
