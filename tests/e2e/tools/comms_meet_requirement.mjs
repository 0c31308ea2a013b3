const invalid = (says) => ({ code: 'invalid_argument', says });
export const table = {
  roles: ['orchestrator'],
  scope: 'comms:admin',
  good: () => ({ requirement: 'us.a2p_10dlc.brand' }),
  rows: [
    { it: 'a requirement that no country has', args: { requirement: 'us.a2p_10dlc.brnad' }, refuses: invalid(/no country asks for/) },
    { it: 'evidence of two lines', args: { requirement: 'us.a2p_10dlc.brand', evidence: 'a\nb' }, refuses: invalid(/'evidence'/) },
    { it: 'an organization that is not there', args: { requirement: 'us.a2p_10dlc.brand', organizationId: 'org_none' }, refuses: { code: 'not_found' } },
    { it: 'says it is met', args: { requirement: 'us.a2p_10dlc.brand', evidence: 'BRAND-1' }, gives: { success: true, requirement: 'us.a2p_10dlc.brand', met: true } },
    { it: 'takes it back', args: { requirement: 'au.sms_sender_id', met: false }, gives: { success: true, met: false } },
  ],
};
