const operators = ['organization', 'orchestrator'];
const invalid = (says) => ({ code: 'invalid_argument', says });
const account = (s, more = {}) => ({ account_sid: s.world.twilio.account.accountSid, auth_token: s.world.twilio.account.authToken, base_url: s.world.twilio.url, ...more });
export const table = {
  roles: operators,
  scope: 'comms:admin',
  good: (s) => ({ provider: 'twilio', credentials: account(s) }),
  rows: [
    { it: 'a provider that is not there', as: operators, args: { provider: 'nobody', credentials: {} }, refuses: { code: 'not_found', says: /installed are .*twilio/ } },
    { it: 'settings that it does not know', args: { provider: 'twilio', credentials: { sid: 'x' } }, refuses: invalid(/'sid' is unknown.*'account_sid' is missing/) },
    { it: 'the database', args: { provider: 'sqlite', credentials: { path: '/tmp/x' } }, refuses: { code: /invalid_argument|rejected/, says: /database/ } },
    { it: 'a slot that it does not serve', args: (s) => ({ provider: 'twilio', credentials: account(s), slots: ['email'] }), refuses: invalid(/does not do email/) },
    { it: "everybody's storage by one organization", as: 'organization', args: { provider: 'local', credentials: { root: '/tmp' }, slots: ['storage'] }, refuses: { code: 'permission_denied', says: /whole server/ } },
    { it: 'credentials that the vendor does not take', as: 'theirsOrganization', args: (s) => ({ provider: 'twilio', credentials: account(s, { auth_token: 'wrong0auth0token0wrong0auth0toke' }) }), refuses: { code: 'rejected', says: /was not registered/ } },
    { it: 'an organization that is not there', as: 'orchestrator', args: (s) => ({ provider: 'twilio', credentials: account(s), organizationId: 'org_none' }), refuses: { code: 'not_found' } },
    { it: 'a vendor, from the sandbox', as: ['sandboxedOrganization', 'trialOrganization'], args: (s) => ({ provider: 'twilio', credentials: account(s) }), refuses: { code: 'rejected', says: /sandbox mode/ } },
    { it: 'registers an account of its own', as: 'theirsOrganization', args: (s) => ({ provider: 'twilio', credentials: account(s) }), gives: { success: true, verified: true, capabilities: (c) => c.includes('telephony'), envKeysWritten: (k) => k.includes('auth_token') } },
    { it: 'registers one for an organization', as: 'orchestrator', args: (s) => ({ provider: 'twilio', credentials: account(s), organizationId: s.theirs.id, slots: ['telephony'] }), gives: { success: true, capabilities: ['telephony'] } },
    { it: 'registers the sandbox, from the sandbox', as: 'trialOrganization', args: { provider: 'sandbox', credentials: {}, slots: ['telephony'] }, gives: { success: true, capabilities: ['telephony'] } },
  ],
};
