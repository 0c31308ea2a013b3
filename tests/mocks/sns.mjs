// Amazon SNS as a subscriber sees it: signs its messages as the developer guide says, serves the
// certificate, confirms subscriptions. What is posted was accepted by AWS's own validator
// (sns-validator) first: a message that it does not believe is not sent.
import crypto from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { makeCertificate } from './lib/certificate.mjs';

const require = createRequire(import.meta.url);
const https = require('https');
const MessageValidator = require('sns-validator');

const names = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};

/** Throws unless AWS's validator believes it. The validator fetches from amazonaws.com only, so it is handed the certificate there. */
async function validate(message, pem) {
  // It leaves the token of this kind out of what is signed, which the guide does not.
  if (message.Type === 'UnsubscribeConfirmation') return;
  const real = https.get;
  https.get = (url, answered) => {
    const response = new (require('events'))();
    response.statusCode = 200;
    answered(response);
    process.nextTick(() => { response.emit('data', pem); response.emit('end'); });
    return new (require('events'))();
  };
  try {
    const there = { ...message, SigningCertURL: `https://sns.us-east-1.amazonaws.com/${crypto.randomUUID()}.pem` };
    await new Promise((resolve, reject) => { new MessageValidator().validate(there, (error) => (error ? reject(error) : resolve())); });
  } finally {
    https.get = real;
  }
}

export async function startSns({ topic = 'arn:aws:sns:us-east-1:123456789012:commsd-mail' } = {}) {
  const certificate = makeCertificate();
  const certificatePath = '/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';
  const requests = [];
  const confirmed = [];
  const state = { pem: certificate.cert.toString(), status: 200, confirmation: null };
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://sns');
    requests.push(`${request.method} ${request.url}`);
    if (state.hang) return;
    if (url.pathname === certificatePath) { response.writeHead(state.status, { 'content-type': 'application/x-pem-file' }).end(state.pem); return; }
    if (url.pathname === '/' && url.searchParams.get('Action') === 'ConfirmSubscription') {
      confirmed.push(Object.fromEntries(url.searchParams));
      response.writeHead(state.confirmation ? 403 : 200, { 'content-type': 'text/xml' }).end(state.confirmation
        ?? '<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult><SubscriptionArn>arn:aws:sns:us-east-1:123456789012:commsd-mail:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>');
      return;
    }
    response.writeHead(404).end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${server.address().port}`;

  /** A signed message; `with` overrides members before the signature, `key` signs instead of ours. */
  async function sign(type, { key = certificate.key, version = '2', checked = true, ...members } = {}) {
    const token = crypto.randomBytes(32).toString('hex');
    const message = { Type: type, MessageId: crypto.randomUUID(), TopicArn: topic, Message: 'You have chosen to subscribe', Timestamp: new Date().toISOString(), SignatureVersion: version,
      ...(type === 'Notification' ? { UnsubscribeURL: `${origin}/?Action=Unsubscribe` } : { Token: token, SubscribeURL: `${origin}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}` }),
      SigningCertURL: origin + certificatePath, ...members };
    const text = names[type].filter((name) => name in message).map((name) => `${name}\n${message[name]}\n`).join('');
    message.Signature = crypto.createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(text).sign(key, 'base64');
    if (checked && key === certificate.key) await validate(message, certificate.cert.toString());
    return message;
  }

  /** The request that carries a message, as SNS posts it. */
  const request = (message) => ({ url: 'https://comms.example.test/webhooks/a/email', body: JSON.stringify(message, null, 2),
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'user-agent': 'Amazon Simple Notification Service Agent', 'x-amz-sns-message-type': message.Type, 'x-amz-sns-message-id': message.MessageId, 'x-amz-sns-topic-arn': message.TopicArn } });

  return { origin, topic, requests, confirmed, state, sign, request,
    /** What SES published, as a notification. */
    publish: async (published, more = {}) => request(await sign('Notification', { Subject: 'Amazon SES Email Event Notification', Message: JSON.stringify(published), ...more })),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      certificate.remove();
    } };
}
