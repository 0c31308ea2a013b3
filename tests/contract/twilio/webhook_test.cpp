#include "fixture.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using SeenEvent = OpResult::SeenEvent;

class WebhookTest : public TwilioTest {
 protected:
  struct Parsed {
    comms_status status;
    std::vector<SeenEvent> events;
  };
  Parsed parse(Webhook webhook, bool by_whatsapp = false) {
    OpResult result;
    const comms_emit emit = comms::testing::FakeHost::emit(result);
    instance();
    const auto function = by_whatsapp ? whatsapp().parse_webhook : telephony().parse_webhook;
    const comms_status status =
        webhook.use([&](const comms_http_in* in) { return function(plugin->self, in, &emit); });
    return {status, result.events};
  }
  SeenEvent event(const std::string& body, const std::string& query = "",
                  bool by_whatsapp = false) {
    Webhook webhook;
    webhook.url = "https://comms.example.test/webhooks/agent_1/sms" + query;
    webhook.body = body;
    Parsed parsed = parse(webhook, by_whatsapp);
    EXPECT_EQ(parsed.status, COMMS_OK) << body;
    EXPECT_EQ(parsed.events.size(), 1u) << body;
    return parsed.events.empty() ? SeenEvent{} : parsed.events[0];
  }
  comms_status refused(const std::string& body, bool by_whatsapp = false) {
    Webhook webhook;
    webhook.url = "https://comms.example.test/webhooks/agent_1/sms";
    webhook.body = body;
    Parsed parsed = parse(webhook, by_whatsapp);
    EXPECT_THAT(parsed.events, IsEmpty()) << body;
    return parsed.status;
  }
};

TEST_F(WebhookTest, ReadsAnIncomingText) {
  const SeenEvent e = event(
      "MessageSid=SM1&SmsSid=SM1&SmsStatus=received&From=%2B14155550101&To=%2B14155550100"
      "&Body=Hi+%26+bye+%F0%9F%98%80&NumMedia=0&NumSegments=2",
      "?ref=stranger");
  EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_EQ(e.text.at("event_id"), "SM1");
  EXPECT_EQ(e.text.at("vendor_id"), "SM1");
  EXPECT_EQ(e.text.at("from"), kTo);
  EXPECT_EQ(e.text.at("to"), kFrom);
  EXPECT_EQ(e.text.at("text"), "Hi & bye 😀");
  EXPECT_EQ(e.text.at("client_ref"), "");
  EXPECT_EQ(e.text.at("extra.segments"), "2");
}

TEST_F(WebhookTest, ReadsIncomingMedia) {
  const SeenEvent e = event(
      "MessageSid=MM1&From=%2B14155550101&To=%2B14155550100&Body=&NumMedia=2"
      "&MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fa&MediaContentType0=image%2Fpng"
      "&MediaUrl1=https%3A%2F%2Fapi.twilio.com%2Fb&MediaContentType1=image%2Fgif");
  EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_THAT(e.media, ElementsAre("https://api.twilio.com/a", "https://api.twilio.com/b"));
}

TEST_F(WebhookTest, ReadsADeliveryStatusWithOurReference) {
  const SeenEvent e = event(
      "MessageSid=SM1&MessageStatus=undelivered&SmsStatus=undelivered&ErrorCode=30003"
      "&ErrorMessage=Unreachable+%2B14155550101&From=%2B14155550100&To=%2B14155550101",
      "?ref=att_01ABC");
  EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_STATUS);
  EXPECT_EQ(e.text.at("event_id"), "SM1:undelivered");
  EXPECT_EQ(e.text.at("status"), "undelivered");
  EXPECT_EQ(e.text.at("error_code"), "30003");
  EXPECT_EQ(e.text.at("error_message"), "Unreachable [number]");
  EXPECT_EQ(e.text.at("client_ref"), "att_01ABC");
}

TEST_F(WebhookTest, TranslatesEveryState) {
  const std::pair<const char*, const char*> states[] = {{"accepted", "queued"},
                                                        {"scheduled", "queued"},
                                                        {"queued", "queued"},
                                                        {"sending", "queued"},
                                                        {"sent", "sent"},
                                                        {"delivered", "delivered"},
                                                        {"read", "read"},
                                                        {"failed", "failed"},
                                                        {"undelivered", "undelivered"},
                                                        {"canceled", "failed"},
                                                        {"partially_delivered", "delivered"},
                                                        {"something_new", "queued"}};
  for (const auto& [theirs, ours] : states) {
    const SeenEvent e = event(std::string("MessageSid=SM1&MessageStatus=") + theirs);
    EXPECT_EQ(e.text.at("status"), ours) << theirs;
    EXPECT_EQ(e.text.at("event_id"), std::string("SM1:") + theirs);
  }
}

TEST_F(WebhookTest, ReadsWhatsapp) {
  const SeenEvent in = event(
      "MessageSid=SM2&SmsStatus=received&From=whatsapp%3A%2B14155550101"
      "&To=whatsapp%3A%2B14155550100&Body=Hola&ProfileName=Ana&WaId=14155550101",
      "", true);
  EXPECT_EQ(in.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_EQ(in.text.at("from"), kTo);
  EXPECT_EQ(in.text.at("to"), kFrom);
  EXPECT_EQ(in.text.at("extra.profile_name"), "Ana");
  EXPECT_EQ(in.text.at("extra.wa_id"), "14155550101");
  const SeenEvent status = event(
      "MessageSid=SM2&MessageStatus=read&From=whatsapp%3A%2B14155550100"
      "&To=whatsapp%3A%2B14155550101",
      "?ref=att_2", true);
  EXPECT_EQ(status.text.at("status"), "read");
  EXPECT_EQ(status.text.at("client_ref"), "att_2");
}

TEST_F(WebhookTest, KeepsTheChannelsApart) {
  EXPECT_EQ(refused("MessageSid=SM2&From=whatsapp%3A%2B14155550101&Body=x"), COMMS_INVALID);
  EXPECT_EQ(refused("CallSid=CA1&CallStatus=ringing&Direction=inbound", true), COMMS_INVALID);
}

TEST_F(WebhookTest, ReadsAnIncomingCall) {
  const std::string body =
      "CallSid=CA1&CallStatus=ringing&Direction=inbound&From=%2B14155550101"
      "&To=%2B14155550100&StirVerstat=TN-Validation-Passed-A";
  const SeenEvent e = event(body);
  EXPECT_EQ(e.kind, COMMS_EVENT_CALL_IN);
  EXPECT_EQ(e.text.at("vendor_id"), "CA1");
  EXPECT_EQ(e.text.at("event_id"), "CA1:ringing");
  EXPECT_EQ(e.text.at("extra.direction"), "inbound");

  Webhook get;
  get.method = "GET";
  get.url = "https://comms.example.test/webhooks/agent_1/voice?" + body;
  const Parsed parsed = parse(get);
  ASSERT_EQ(parsed.events.size(), 1u);
  EXPECT_EQ(parsed.events[0].text, e.text);
  // after a redirect the same call asks again: known already
  EXPECT_EQ(event("CallSid=CA1&CallStatus=in-progress&Direction=inbound").kind,
            COMMS_EVENT_CALL_STATUS);
}

TEST_F(WebhookTest, ReadsACallsStates) {
  const SeenEvent e = event(
      "CallSid=CA1&CallStatus=completed&CallDuration=61&SequenceNumber=3&Direction=outbound-api"
      "&CallbackSource=call-progress-events&Timestamp=Sun%2C+22+Nov+2026+12%3A00%3A00+%2B0000"
      "&AnsweredBy=machine_end_beep",
      "?ref=att_3");
  EXPECT_EQ(e.kind, COMMS_EVENT_CALL_STATUS);
  EXPECT_EQ(e.text.at("event_id"), "CA1:completed:3");
  EXPECT_EQ(e.text.at("status"), "completed");
  EXPECT_EQ(e.text.at("client_ref"), "att_3");
  EXPECT_EQ(e.text.at("extra.duration_ms"), "61000");
  EXPECT_EQ(e.text.at("extra.answered_by"), "machine");
  EXPECT_EQ(e.text.at("extra.direction"), "outbound");
  EXPECT_EQ(e.occurred_at_ms, 1795348800000);
  for (const auto& [theirs, ours] : {std::pair("initiated", "queued"),
                                     {"queued", "queued"},
                                     {"ringing", "ringing"},
                                     {"answered", "in-progress"},
                                     {"in-progress", "in-progress"},
                                     {"busy", "busy"},
                                     {"failed", "failed"},
                                     {"no-answer", "no-answer"},
                                     {"canceled", "canceled"}}) {
    EXPECT_EQ(
        event(std::string("CallSid=CA1&CallbackSource=x&CallStatus=") + theirs).text.at("status"),
        ours);
  }
}

TEST_F(WebhookTest, ReadsTheEndOfADialledLeg) {
  const SeenEvent e = event(
      "CallSid=CA1&CallStatus=in-progress&DialCallStatus=no-answer"
      "&DialCallSid=CA2&DialCallDuration=5");
  EXPECT_EQ(e.kind, COMMS_EVENT_CALL_STATUS);
  EXPECT_EQ(e.text.at("status"), "in-progress");
  EXPECT_EQ(e.text.at("extra.dial_status"), "no-answer");
  EXPECT_EQ(e.text.at("extra.dial_duration_ms"), "5000");
}

TEST_F(WebhookTest, ReadsARecordingOnceFromBothCallbacks) {
  const SeenEvent action = event(
      "CallSid=CA1&CallStatus=in-progress&RecordingSid=RE1&RecordingDuration=12&Digits=%23"
      "&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE1");
  const SeenEvent callback = event(
      "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed&RecordingDuration=12"
      "&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE1");
  EXPECT_EQ(action.kind, COMMS_EVENT_RECORDING);
  EXPECT_EQ(action.text.at("vendor_id"), "CA1");
  EXPECT_EQ(action.text.at("event_id"), callback.text.at("event_id"));
  EXPECT_THAT(action.media, ElementsAre("https://api.twilio.com/RE1"));
  EXPECT_EQ(action.text.at("extra.duration_ms"), "12000");
  const SeenEvent text = event(
      "CallSid=CA1&RecordingSid=RE1&TranscriptionSid=TR1"
      "&TranscriptionText=call+me&TranscriptionStatus=completed");
  EXPECT_EQ(text.text.at("text"), "call me");
  EXPECT_NE(text.text.at("event_id"), action.text.at("event_id"));
}

TEST_F(WebhookTest, ReadsWhatACallerSaidOrPressed) {
  const SeenEvent digits = event("CallSid=CA1&CallStatus=in-progress&Digits=12%23");
  EXPECT_EQ(digits.kind, COMMS_EVENT_DTMF);
  EXPECT_EQ(digits.text.at("text"), "12#");
  const SeenEvent speech =
      event("CallSid=CA1&CallStatus=in-progress&SpeechResult=yes+please&Confidence=0.91");
  EXPECT_EQ(speech.kind, COMMS_EVENT_SPEECH);
  EXPECT_EQ(speech.text.at("text"), "yes please");
  EXPECT_EQ(speech.text.at("extra.confidence"), "0.91");
  EXPECT_THAT(speech.text.at("event_id"), StartsWith("CA1:input:"));

  // The same key twice in one call is two events; a redelivery carries the same token.
  Webhook first;
  first.url = "https://comms.example.test/webhooks/agent_1/voice";
  first.body = "CallSid=CA1&Digits=1";
  first.token = "token-1";
  Webhook again = first, second = first;
  second.token = "token-2";
  EXPECT_EQ(parse(first).events[0].text, parse(again).events[0].text);
  EXPECT_NE(parse(first).events[0].text, parse(second).events[0].text);
}

TEST_F(WebhookTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* body : {"", "a=b", "MessageSid=SM1", "MessageSid=SM1&Body=x", "CallSid=CA1",
                           "&&&===", "%%%=%00", "{\"MessageSid\":\"SM1\"}"}) {
    EXPECT_EQ(refused(body), COMMS_INVALID) << body;
  }
}

TEST_F(WebhookTest, AcknowledgesWithAnEmptyDocument) {
  std::string body, type;
  Webhook webhook;
  webhook.use([&](const comms_http_in* in) {
    return telephony().webhook_reply(instance().self, in, COMMS_EVENT_MESSAGE_IN,
                                     comms::testing::FakeHost::sink(body),
                                     comms::testing::FakeHost::sink(type));
  });
  EXPECT_EQ(body, "<Response/>");
  EXPECT_EQ(type, "text/xml");
}

}  // namespace
