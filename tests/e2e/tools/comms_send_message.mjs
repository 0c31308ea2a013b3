import { twilioTemplates } from '../../mocks/twilio.mjs';

const everyone = ['agent', 'organization', 'orchestrator'];
const template = twilioTemplates.table_ready;
const invalid = (says) => ({ code: 'invalid_argument', says });
const service = { channel: 'sms', messageClass: 'service' };
/** Where it is told, once, that the limit is reached. */
const alerted = ['limit_alerts', 'inbox', 'callback_deliveries'];
export const table = {
  roles: everyone,
  scope: 'comms:send',
  good: async (s) => ({ channel: 'sms', to: s.agreed ??= await s.friend(), body: 'Your table is ready.', messageClass: 'service' }),
  rows: [
    // who and where
    { it: 'no number and no agent', args: { ...service, to: 'somebody', body: 'x' }, refuses: invalid(/'to'.*E\.164.*agent/) },
    { it: 'a number without its country', args: { ...service, to: '4155550100', body: 'x' }, refuses: invalid(/'to'/) },
    { it: 'a number that is too long', args: { ...service, to: '+123456789012345678', body: 'x' }, refuses: invalid(/'to'/) },
    { it: 'a mail address by SMS', args: { ...service, to: 'guest@example.com', body: 'x' }, refuses: invalid(/'to'/) },
    { it: 'a number by mail', args: { channel: 'email', to: '+14155550100', subject: 'x', body: 'x' }, refuses: invalid(/'to' is not an e-mail address/) },
    { it: 'itself', args: (s) => ({ ...service, to: s.agent.id, body: 'x' }), refuses: invalid(/itself/) },
    { it: "another organization's agent", args: (s) => ({ ...service, to: s.theirs.agent.id, body: 'x' }), refuses: invalid(/'to'/) },
    { it: 'an agent that is gone', args: (s) => ({ ...service, to: s.gone.id, body: 'x' }), refuses: { code: 'rejected', rule: 'to_agent' } },
    { it: 'an agent that is switched off', args: (s) => ({ ...service, to: s.blocked.id, body: 'x' }), refuses: { code: 'rejected', rule: 'to_agent' } },
    // what
    { it: 'nothing to send', args: { ...service, to: '+14155550100' }, refuses: invalid(/nothing to send/) },
    { it: 'a mail without a subject', args: { channel: 'email', to: 'guest@example.com', body: 'x' }, refuses: invalid(/'subject' is required/) },
    { it: 'a subject of two lines', args: { channel: 'email', to: 'guest@example.com', subject: 'a\r\nBcc: b@example.com', body: 'x' }, refuses: invalid(/'subject' contains a line break/) },
    { it: 'html by SMS', args: { ...service, to: '+14155550100', html: '<p>x</p>' }, refuses: { code: 'unsupported', says: /email channel only/ } },
    { it: 'attachments by SMS', args: { ...service, to: '+14155550100', body: 'x', attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'YQ==' }] }, refuses: { code: 'unsupported', says: /email channel only/ } },
    { it: 'an attachment that is no base64', args: { channel: 'email', to: 'guest@example.com', subject: 'x', body: 'x', attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: '***' }] }, refuses: invalid(/not base64/) },
    { it: 'an attachment with a path for a name', args: { channel: 'email', to: 'guest@example.com', subject: 'x', body: 'x', attachments: [{ filename: '../a', contentType: 'text/plain', contentBase64: 'YQ==' }] }, refuses: invalid(/file name/) },
    { it: 'media over plain HTTP', args: { ...service, to: '+14155550100', mediaUrls: ['http://media.example.com/a.jpg'] }, refuses: invalid(/https/) },
    { it: 'too much text for SMS', args: { ...service, to: '+14155550100', body: 'x'.repeat(1601) }, refuses: { code: 'too_large', says: /bytes; at most/ } },
    { it: 'a template by SMS', args: { ...service, to: '+14155550100', templateId: template }, refuses: { code: 'unsupported', says: /whatsapp channel only/ } },
    { it: 'a template to an agent', args: (s) => ({ channel: 'whatsapp', to: s.colleague.id, templateId: template }), refuses: { code: 'unsupported', says: /'templateId' is for contacts/ } },
    // when
    { it: 'a time that has passed', args: { ...service, to: '+14155550100', body: 'x', sendAt: '2020-01-01T00:00:00Z' }, refuses: invalid(/'sendAt' is in the past/) },
    { it: 'a time too far ahead', args: { ...service, to: '+14155550100', body: 'x', sendAt: '2099-01-01T00:00:00Z' }, refuses: invalid(/'sendAt' is too far ahead/) },
    { it: 'a day that no month has', args: { ...service, to: '+14155550100', body: 'x', sendAt: '2027-02-30T10:00:00Z' }, refuses: invalid(/sendAt/) },
    { it: 'a time without a zone', args: { ...service, to: '+14155550100', body: 'x', sendAt: '2026-12-01T10:00:00' }, refuses: invalid(/sendAt/) },
    // the rules
    { it: 'nobody agreed', args: (s) => ({ ...service, to: s.stranger(), body: 'x' }), refuses: { code: 'rejected', rule: 'consent', says: /no valid .* consent/ } },
    { it: 'marketing on implied consent', args: async (s) => { const to = s.stranger(); await s.clients.agent.call('comms_record_consent', { contactAddress: to, channel: 'sms', consentType: 'implied', source: 'asked' }); return { channel: 'sms', to, body: 'x' }; }, refuses: { code: 'rejected', rule: 'consent', says: /express/ } },
    { it: 'revoked', args: async (s) => { const to = await s.friend(); await s.clients.agent.call('comms_revoke_consent', { contactAddress: to, channel: 'sms' }); return { ...service, to, body: 'x' }; }, refuses: { code: 'rejected', rule: 'consent', says: /revoked/ } },
    { it: 'opted out', args: async (s) => { const to = await s.friend(); await s.world.twilio.inbound(s.agent.hook('sms'), { from: to, to: s.agent.phone, body: 'STOP' }); return { ...service, to, body: 'x', messageClass: 'emergency' }; }, refuses: { code: 'rejected', rule: 'opt_out', says: /opted out/ } },
    { it: 'seems to have asked to stop', args: async (s) => { const to = await s.friend(); await s.world.twilio.inbound(s.agent.hook('sms'), { from: to, to: s.agent.phone, body: 'please stop texting me' }); return { ...service, to, body: 'x' }; }, refuses: { code: 'rejected', rule: 'possible_opt_out' } },
    { it: 'marketing at night', args: async (s) => ({ channel: 'sms', to: s.agreed, body: 'x', messageClass: 'marketing', timeZone: s.night }), refuses: { code: 'rejected', rule: /hours/, says: /hours|time/, until: true } },
    { it: 'a zone that is none', args: async (s) => ({ channel: 'sms', to: s.agreed, body: 'x', timeZone: 'Mars/Olympus' }), refuses: { code: /invalid_argument|rejected/, says: /zone/i } },
    { it: 'what the content filter holds', args: async (s) => ({ ...service, to: s.agreed, body: 'I will kill you tonight' }), refuses: { code: 'rejected', rule: 'content.threat' } },
    { it: 'WhatsApp in own words to who did not write', args: async (s) => ({ channel: 'whatsapp', to: s.agreed, body: 'x', messageClass: 'service' }), refuses: { code: 'rejected', rule: 'whatsapp_window', says: /24|window/ } },
    { it: 'a key that was used for something else', args: async (s, caller) => { const key = s.text('key'); await s.clients[caller].call('comms_send_message', { ...service, to: s.agreed, body: s.text(), idempotencyKey: key }); return { ...service, to: s.agreed, body: 'other', idempotencyKey: key }; }, refuses: { code: 'idempotency_mismatch' } },
    // the caller
    { it: 'switched off', as: 'blocked', args: async (s) => ({ ...service, to: s.agreed, body: 'x' }), refuses: { code: 'rejected', rule: 'channel' } },
    { it: 'exhausted', as: 'spent', args: (s) => ({ channel: 'sms', to: s.stranger(), body: 'x', messageClass: 'otp' }), alsoWrites: alerted, alsoAudited: ['limit_reached'], refuses: { code: 'rate_limited', rule: 'limit.per_day', says: /1 of 1/, until: true } },
    { it: 'gone', as: ['organization', 'orchestrator'], args: (s) => ({ ...service, agentId: s.gone.id, to: s.stranger(), body: 'x' }), refuses: { code: 'rejected', rule: 'agent_active' } },
    { it: 'of a suspended organization', as: 'orchestrator', args: (s) => ({ channel: 'sms', messageClass: 'otp', agentId: s.suspended.agent.id, to: s.stranger(), body: 'x' }), refuses: { code: 'rejected', rule: 'suspended' } },
    { it: 'in the sandbox, with a real provider', as: 'sandboxedAgent', args: (s) => ({ channel: 'sms', to: s.stranger(), body: 'x', messageClass: 'otp' }), refuses: { code: 'rejected', rule: 'sandbox' } },
    { it: 'in the sandbox, by WhatsApp', as: 'sandboxedAgent', args: (s) => ({ channel: 'whatsapp', to: s.stranger(), templateId: template, messageClass: 'otp' }), refuses: { code: 'rejected', rule: 'sandbox' } },
    // what it gives
    { it: 'sends an SMS', as: everyone, args: async (s) => ({ ...service, to: s.agreed, body: s.text() }), gives: { success: true, status: 'submitted', channel: 'sms', from: (from) => from.startsWith('+'), deduplicated: false } },
    { it: 'sends it once under one key', args: async (s) => ({ ...service, to: s.agreed, body: 'once', idempotencyKey: 'table-once' }), gives: { success: true, deduplicated: (d) => typeof d === 'boolean' }, differs: true },
    { it: 'sends pictures', args: async (s) => ({ ...service, to: s.agreed, body: s.text(), mediaUrls: ['https://media.example.com/a.jpg'] }), gives: { success: true } },
    { it: 'sends a one-time code to anybody', args: (s) => ({ channel: 'sms', to: s.stranger(), body: s.text(), messageClass: 'otp' }), gives: { success: true } },
    { it: 'sends a mail with all that goes with it', args: async (s) => ({ channel: 'email', to: s.reader ??= await s.mailFriend(), subject: 'Your table', body: s.text(), html: '<p>ready</p>', replyTo: 'desk@example.com', messageClass: 'service', attachments: [{ filename: 'menu.txt', contentType: 'text/plain', contentBase64: 'bWVudQ==' }] }), gives: { success: true, channel: 'email', subject: 'Your table' } },
    { it: 'sends a template by WhatsApp', args: async (s) => ({ channel: 'whatsapp', to: s.agreed, templateId: template, templateVars: { 1: s.text() }, messageClass: 'service' }), gives: { success: true, channel: 'whatsapp' } },
    { it: 'sends later', args: async (s) => ({ ...service, to: s.agreed, body: s.text(), sendAt: s.ahead(20 * 86_400_000) }), gives: { success: true, status: 'scheduled' } },
    { it: 'sends to another agent', args: (s) => ({ to: s.colleague.id, body: s.text() }), gives: { success: true, status: 'delivered' } },
    { it: 'says that a template is unknown', args: async (s) => ({ channel: 'whatsapp', to: s.agreed, templateId: `no such template ${s.text()}`, messageClass: 'service' }), refuses: { code: 'rejected', rule: 'whatsapp_template', says: /no template .*approved are booking \(en\), table_ready \(en\)/ } },
    { it: 'says what the vendor refused', args: async (s) => { s.world.twilio.fault({ match: /POST .*Messages\.json/, status: 400, body: { code: 21211, message: "Invalid 'To' Phone Number", more_info: 'https://www.twilio.com/docs/errors/21211', status: 400 } }); return { ...service, to: s.agreed, body: s.text() }; }, fails: { success: false, status: 'failed', vendorCode: '21211' } },
  ],
};
