const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const wants = (routeDuplication) => (s) => ({ agentId: s.copied.id, routeDuplication });
export const table = {
  roles: operators,
  scope: 'comms:provision',
  good: async (s) => ({ agentId: (s.copied ??= await s.spare('Copied')).id }),
  rows: [
    { it: 'a mirror that is no number', args: wants({ smsMirror: '5551234' }), refuses: invalid(/E\.164/) },
    { it: 'a copy to no mailbox', args: wants({ emailBcc: 'nobody' }), refuses: invalid(/e-mail/) },
    ...['http://198.51.100.7/hook', 'https://127.0.0.1/', 'https://10.0.0.1/', 'ftp://example.com/'].map((url) => ({ it: `the address ${url}`, args: wants({ webhookCopy: url }), refuses: invalid(/address/) })),
    { it: 'an agent that is gone', as: operators, args: (s) => ({ agentId: s.gone.id, routeDuplication: { smsMirror: '+14155550177' } }), refuses: { code: 'not_found', says: /no agent/ } },
    { it: 'shows that there is none', as: operators, args: (s) => ({ agentId: s.copied.id }), gives: { success: true, routeDuplication: {} } },
    { it: 'sets them', as: operators, args: async (s) => ({ agentId: (await s.spare('Copied')).id, routeDuplication: { smsMirror: '+14155550177', emailBcc: 'archive@example.com', callRecording: 'on' } }), gives: { success: true, routeDuplication: { smsMirror: '+14155550177', emailBcc: 'archive@example.com', callRecording: 'on' } } },
    { it: 'shows the secret of a second host once', args: async (s) => ({ agentId: (await s.spare('Copied')).id, routeDuplication: { webhookCopy: `${s.host.url}/copies` } }), gives: { success: true, webhookCopySecret: /^whsec_/ }, differs: 'webhookCopySecret' },
  ],
};
