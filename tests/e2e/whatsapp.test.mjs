// WhatsApp through Twilio: a template (content sid and variables), plain text inside the 24-hour
// window, and inbound with the whatsapp: prefix.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { twilioTemplates } from '../mocks/twilio.mjs';
import { World, personUs } from './lib/world.mjs';

describe('whatsapp', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start();
    agent = await world.agent({ capabilities: { phone: true, whatsapp: true, email: false, voiceAi: false } });
  });
  after(() => world?.dispose());

  test('provisioned with a sender', () => {
    assert.match(agent.provisioned.channels.whatsapp.number, /^\+\d+$/);
    assert.equal(agent.provisioned.channels.whatsapp.status, 'active');
  });

  test('template: content sid and variables reach the vendor', async () => {
    const templateId = twilioTemplates.booking;
    const sent = await agent.client.call('comms_send_message', { channel: 'whatsapp', to: personUs(200), body: 'Your booking', templateId, templateVars: { 1: 'Saturday', 2: '20:00' } });
    const [entry] = world.twilio.sent();
    assert.equal(entry.to, `whatsapp:${personUs(200)}`);
    assert.match(entry.from, /^whatsapp:\+/);
    assert.equal(entry.contentSid, templateId);
    assert.deepEqual(JSON.parse(world.twilio.messages.get(sent.externalId).contentVariables), { 1: 'Saturday', 2: '20:00' });
  });

  test('inbound opens the window; text goes out; read is understood', async () => {
    const to = `whatsapp:${agent.provisioned.channels.whatsapp.number}`;
    const inbound = await world.twilio.inbound(agent.hook('whatsapp'), { from: `whatsapp:${personUs(201)}`, to, body: 'hola' });
    assert.equal(inbound.status, 200);
    const { messages } = await agent.client.call('comms_get_waiting_messages', { channel: 'whatsapp' });
    assert.equal(messages.length, 1);
    assert.equal(messages[0].channel, 'whatsapp');
    assert.equal(messages[0].from.replace('whatsapp:', ''), personUs(201));
    const sent = await agent.client.call('comms_send_message', { channel: 'whatsapp', to: personUs(201), body: 'hola!' });
    await world.twilio.callback(sent.externalId, 'delivered');
    assert.equal((await world.twilio.callback(sent.externalId, 'read')).status, 200);
    const { message } = await agent.client.call('comms_get_message', { messageId: sent.messageId });
    assert.ok(['delivered', 'read'].includes(message.status));
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
