const everyone = ['agent', 'organization', 'orchestrator'];
export const table = {
  roles: everyone,
  scope: 'comms:read',
  good: () => ({}),
  rows: [
    { it: 'shows the channels', as: everyone, args: {}, gives: { displayName: 'agent', status: 'active', channels: { phone: { status: 'active' }, whatsapp: { status: 'active' }, email: { address: /@agents\.example\.com$/ } } } },
    { it: 'shows what is switched off', as: 'blocked', args: {}, gives: { displayName: 'blocked', channels: { phone: { status: 'blocked' } } } },
    { it: 'shows an agent that is gone', as: ['organization', 'orchestrator'], args: (s) => ({ agentId: s.gone.id }), gives: { status: 'deprovisioned' } },
  ],
};
