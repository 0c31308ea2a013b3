const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: /invalid_argument|permission_denied|rejected/, says });
export const table = {
  roles: operators,
  scope: 'comms:provision',
  good: async (s) => ({ agentId: (s.called ??= await s.spare('Called back')).id, action: 'show' }),
  rows: [
    { it: 'no address', args: (s) => ({ agentId: s.called.id, action: 'set' }), refuses: invalid(/address/) },
    ...['http://198.51.100.7/hook', 'https://127.0.0.1/', 'https://10.0.0.1/', 'https://[::1]/', 'https://localhost:8443/', 'https://user:pass@example.com/', 'ftp://example.com/', 'file:///etc/passwd'].map((url) => (
      { it: `the address ${url}`, args: (s) => ({ agentId: s.called.id, action: 'set', url }), refuses: invalid(/./) })),
    { it: 'an address to show', args: (s) => ({ agentId: s.called.id, action: 'show', url: s.host.url }), refuses: { code: 'invalid_argument', says: /'url' goes with/ } },
    ...['rotate', 'enable', 'replay'].map((action) => ({ it: `${action} without a callback`, as: operators, args: (s) => ({ agentId: s.called.id, action }), refuses: { code: 'not_found', says: /callback/ } })),
    { it: 'a delivery that is not there', args: async (s) => { const one = await s.spare('Told'); await s.clients.organization.call('comms_set_callback', { agentId: one.id, action: 'set', url: s.host.url }); return { agentId: one.id, action: 'replay', deliveryId: 'cb_none' }; }, refuses: { code: 'not_found', says: /delivery/ } },
    { it: 'deliveries that are still waiting', args: async (s) => { const one = await s.spare('Told'); await s.clients.organization.call('comms_set_callback', { agentId: one.id, action: 'set', url: s.host.url }); return { agentId: one.id, action: 'replay', state: 'waiting' }; }, refuses: { code: 'invalid_argument', says: /dead/ } },
    { it: 'a day that no month has', args: (s) => ({ agentId: s.called.id, action: 'replay', since: '2027-02-30T00:00:00Z' }), refuses: { code: 'invalid_argument', says: /since/ } },
    { it: 'an agent that is gone', as: operators, args: (s) => ({ agentId: s.gone.id, action: 'set', url: s.host.url }), refuses: { code: 'conflict', says: /deprovisioned/ } },
    { it: 'shows that there is none', as: operators, args: (s) => ({ agentId: s.called.id }), gives: { success: true, status: 'none', url: null } },
    { it: 'sets it, and shows the secret once', as: operators, args: async (s) => ({ agentId: (await s.spare('Told')).id, action: 'set', url: `${s.host.url}/hook` }), gives: { success: true, status: 'active', secret: /^whsec_/ } },
    { it: 'sets it anew without a new secret', args: (s) => ({ agentId: s.called.id, action: 'set', url: `${s.host.url}/hook` }), gives: { success: true, status: 'active' }, differs: 'secret' },
    { it: 'rotates the secret', args: (s) => ({ agentId: s.called.id, action: 'rotate' }), gives: { success: true, secret: /^whsec_/ } },
    { it: 'shows it without its secret', args: (s) => ({ agentId: s.called.id, action: 'show' }), gives: { url: /\/hook$/, secret: (x) => x === undefined, deliveries: [] } },
    { it: 'replays what is dead, of which there is nothing', args: (s) => ({ agentId: s.called.id, action: 'replay' }), gives: { success: true, dead: 0 } },
    { it: 'removes it', args: async (s) => { const one = await s.spare('Told'); await s.clients.organization.call('comms_set_callback', { agentId: one.id, action: 'set', url: s.host.url }); return { agentId: one.id, action: 'remove' }; }, gives: { success: true, status: 'none' } },
  ],
};
