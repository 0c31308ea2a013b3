// Writes signature_vectors.json with Twilio's own signer: node tests/contract/twilio/signature_vectors.mjs
// (after `npm ci` in tests/). Each vector is also accepted by Twilio's own validator as it is received.
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import assert from 'node:assert';

const require = createRequire(new URL('../../package.json', import.meta.url));
const twilio = require('twilio');
const token = 'mock0auth0token0mock0auth0token0';
const host = 'https://comms.example.test';
const account = { AccountSid: 'AC' + '0123456789abcdef'.repeat(2), ApiVersion: '2010-04-01' };
const FORM = 'application/x-www-form-urlencoded';

const vectors = [];
/** `signed` is the URL Twilio signs, `url` the one that arrives. */
function vector(name, { method = 'POST', url, signed = url, fields = [], type = FORM, body }) {
  const pairs = Array.isArray(fields) ? fields : Object.entries({ ...account, ...fields });
  body ??= method === 'GET' ? '' : new URLSearchParams(pairs).toString();
  const params = {};
  for (const [key, value] of new URLSearchParams(type.startsWith(FORM) ? body : '')) {
    params[key] = key in params ? [params[key], value].flat() : value;
  }
  const signature = twilio.getExpectedTwilioSignature(token, signed, params);
  if (url.includes('bodySHA256')) assert(twilio.validateRequestWithBody(token, signature, url, body), name);
  else assert(twilio.validateRequest(token, signature, url, params), name);
  vectors.push({ name, method, url, content_type: method === 'GET' ? '' : type, body, signature });
}

vector('inbound text', { url: `${host}/webhooks/agent_1/sms`, fields: { MessageSid: 'SM' + 'a'.repeat(32), From: '+14155550100', To: '+14155550101', Body: 'Hello', NumMedia: '0' } });
vector('status callback with our reference', { url: `${host}/webhooks/agent_1/sms?ref=att_01ABC`, fields: { MessageSid: 'SM' + 'b'.repeat(32), MessageStatus: 'delivered', From: '+14155550101', To: '+14155550100' } });
vector('characters of all kinds', { url: `${host}/webhooks/agent_1/sms`, fields: { MessageSid: 'SM' + 'c'.repeat(32), Body: 'a+b & c=d % "é" 😀\r\nnext\tline', From: '+14155550100', To: '+14155550101' } });
vector('a repeated field', { url: `${host}/webhooks/agent_1/voice`, fields: [['CallSid', 'CA1'], ['Tag', 'b'], ['Tag', 'a'], ['Tag', 'b'], ['Empty', '']] });
vector('capitals before small letters', { url: `${host}/webhooks/agent_1/voice`, fields: [['b', '1'], ['B', '2'], ['a', '3'], ['_', '4']] });
vector('content type with a charset', { url: `${host}/webhooks/agent_1/sms`, type: `${FORM}; charset=UTF-8`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('GET', { method: 'GET', url: `${host}/webhooks/agent_1/voice?CallSid=CA1&CallStatus=ringing&From=%2B14155550100` });
vector('POST without a body', { url: `${host}/webhooks/agent_1/voice`, body: '' });
const json = JSON.stringify({ event: 'delivered', text: 'é "quoted"' });
const hash = createHash('sha256').update(json).digest('hex');
vector('JSON with its hash', { url: `${host}/webhooks/agent_1/sms?ref=1&bodySHA256=${hash}`, type: 'application/json', body: json });
vector('signed with the standard port', { url: `${host}/webhooks/agent_1/sms?ref=1`, signed: `${host}:443/webhooks/agent_1/sms?ref=1`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('received with the standard port', { url: `${host}:443/webhooks/agent_1/sms`, signed: `${host}/webhooks/agent_1/sms`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('plain http with its port', { url: 'http://comms.example.test/webhooks/a/sms', signed: 'http://comms.example.test:80/webhooks/a/sms', fields: { MessageSid: 'SM1', Body: 'x' } });
vector('another port', { url: `${host}:8443/webhooks/a/sms`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('another port, signed without', { url: `${host}:8443/webhooks/a/sms`, signed: `${host}/webhooks/a/sms`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('user and password', { url: 'https://user:pa:ss@comms.example.test/webhooks/a/sms', fields: { MessageSid: 'SM1', Body: 'x' } });
vector('IPv6', { url: 'https://[2001:db8::1]/webhooks/a/sms', fields: { MessageSid: 'SM1', Body: 'x' } });
vector('query signed rewritten', { url: `${host}/webhooks/a/sms?name=Ana+B&q=a%27b`, signed: `${host}/webhooks/a/sms?name=Ana%20B&q=a'b`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('query kept as it is', { url: `${host}/webhooks/a/sms?name=Ana+B&q=a%27b`, fields: { MessageSid: 'SM1', Body: 'x' } });
vector('WebSocket upgrade', { method: 'GET', url: 'wss://comms.example.test/voice/ws/session_1' });

writeFileSync(new URL('signature_vectors.json', import.meta.url), JSON.stringify({ package: `twilio ${require('twilio/package.json').version}`, token, vectors }, null, 1) + '\n');
console.log(`${vectors.length} vectors`);
