const operators = ['organization', 'orchestrator'];
export const table = {
  roles: operators,
  scope: 'comms:admin',
  restOnly: true, // no model is shown it
  good: (s) => ({ agentId: s.agent.id }),
  rows: [
    { it: 'lists them without their text', as: operators, args: (s) => ({ agentId: s.colleague.id }), gives: { tokens: (t) => t.length === 1 && !JSON.stringify(t).includes('cmd_live_') && t[0].id.startsWith('tok_') } },
    { it: 'lists none of an agent that is gone', args: (s) => ({ agentId: s.gone.id }), gives: { tokens: [] } },
  ],
};
