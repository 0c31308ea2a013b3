#include "fixture.h"

namespace {

using testing::HasSubstr;

const std::string kContent = "HX0123456789abcdef0123456789abcdef";

class WhatsappTest : public TwilioTest {
 protected:
  static comms_whatsapp_message message(std::string_view body) {
    comms_whatsapp_message m{};
    m.size = sizeof m;
    m.from = comms::str(kFrom);
    m.to = comms::str(kTo);
    m.body = comms::str(body);
    return m;
  }
  static comms_whatsapp_sender sender() {
    comms_whatsapp_sender s{};
    s.size = sizeof s;
    s.number = comms::str(kFrom);
    s.display_name = comms::str("Acme \"Support\"");
    s.message_url = comms::str("https://a.test/in");
    s.status_url = comms::str("https://a.test/status");
    return s;
  }
  OpResult send(const comms_whatsapp_message& m) {
    const comms_whatsapp& slot = whatsapp();
    return host.run([&](comms_op* op) { return slot.send(plugin->self, op, &m); });
  }
  OpResult register_sender(const comms_whatsapp_sender& s) {
    const comms_whatsapp& slot = whatsapp();
    return host.run([&](comms_op* op) { return slot.register_sender(plugin->self, op, &s); });
  }
  OpResult find(std::string_view text) {
    comms_find what{};
    what.size = sizeof what;
    what.from = comms::str(kFrom);
    what.to = comms::str(kTo);
    what.text = comms::str(text);
    what.after_ms = 1795348800000 - 60'000;
    what.before_ms = 1795348800000 + 60'000;
    const comms_whatsapp& slot = whatsapp();
    return host.run([&](comms_op* op) { return slot.find_message(plugin->self, op, &what); });
  }
};

TEST_F(WhatsappTest, SendsWithPrefixes) {
  start(R"(,"messaging_service_sid":"MG0123456789abcdef0123456789abcdef")");
  host.answer(201, R"({"sid":"SM1","status":"queued"})");
  const comms_str media[] = {comms::str("https://a.test/1.png")};
  comms_whatsapp_message m = message("hola");
  m.media = media;
  m.media_count = 1;
  m.status_url = comms::str("https://a.test/s?ref=att_1");
  EXPECT_EQ(send(m).vendor_id, "SM1");
  EXPECT_EQ(host.requests[0].url, kRoot + "/Messages.json");
  EXPECT_EQ(sent().get("To"), "whatsapp:" + kTo);
  EXPECT_EQ(sent().get("From"), "whatsapp:" + kFrom);
  EXPECT_EQ(sent().get("Body"), "hola");
  EXPECT_EQ(sent().get("MediaUrl"), "https://a.test/1.png");
  EXPECT_EQ(sent().get("StatusCallback"), "https://a.test/s?ref=att_1");
  EXPECT_FALSE(sent().has("MessagingServiceSid")) << "the service is for SMS";
}

TEST_F(WhatsappTest, SendsATemplateByItsId) {
  host.answer(201, R"({"sid":"SM1","status":"queued"})");
  const comms_kv variables[] = {{comms::str("1"), comms::str("Ana \"A\"")},
                                {comms::str("2"), comms::str("12:30")}};
  comms_whatsapp_message m = message("ignored");
  m.template_id = comms::str(kContent);
  m.variables = variables;
  m.variable_count = 2;
  EXPECT_EQ(send(m).status, COMMS_OK);
  EXPECT_EQ(sent().get("ContentSid"), kContent);
  EXPECT_EQ(sent().get("ContentVariables"), R"({"1":"Ana \"A\"","2":"12:30"})");
  EXPECT_FALSE(sent().has("Body"));
}

TEST_F(WhatsappTest, SendsATemplateByNameAndLanguage) {
  host.answer(200, R"({"contents":[{"sid":"HX1","friendly_name":"welcome","language":"en"}],)"
                   R"("meta":{"next_page_url":"https://content.twilio.com/v1/Content?Page=1"}})");
  host.answer(200, R"({"contents":[{"sid":"HX2","friendly_name":"welcome","language":"es"}]})");
  host.answer(201, R"({"sid":"SM1","status":"queued"})");
  comms_whatsapp_message m = message("");
  m.template_id = comms::str("welcome");
  m.language = comms::str("es");
  EXPECT_EQ(send(m).status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, "https://content.twilio.com/v1/Content?PageSize=500");
  EXPECT_EQ(host.requests[1].url, "https://content.twilio.com/v1/Content?Page=1");
  EXPECT_EQ(sent().get("ContentSid"), "HX2");

  // never with our credentials to another origin
  host.answer(200,
              R"({"contents":[],"meta":{"next_page_url":"https://evil.test/v1/Content?Page=2"}})");
  host.answer(200, R"({"contents":[]})");
  EXPECT_EQ(send(m).status, COMMS_REJECTED);
  ASSERT_EQ(host.requests.size(), 5u);
  EXPECT_EQ(host.requests[4].url, "https://content.twilio.com/v1/Content?Page=2");
}

TEST_F(WhatsappTest, ALostLookUpOfATemplateHasSentNothing) {
  comms_whatsapp_message m = message("");
  m.template_id = comms::str("welcome");
  host.answer(500, "");
  EXPECT_EQ(send(m).status, COMMS_UNAVAILABLE);
}

TEST_F(WhatsappTest, SaysToUseATemplateOutsideTheWindow) {
  host.answer(400, R"({"code":63016,"message":"Failed to send freeform message"})");
  const OpResult result = send(message("hola"));
  EXPECT_EQ(result.status, COMMS_REJECTED);
  EXPECT_EQ(result.error.vendor_code, "63016");
  EXPECT_THAT(result.error.remedy, HasSubstr("approved template"));
}

TEST_F(WhatsappTest, RefusesSeveralFiles) {
  const std::vector<comms_str> media(2, comms::str("https://a.test/1.png"));
  comms_whatsapp_message m = message("x");
  m.media = media.data();
  m.media_count = media.size();
  EXPECT_EQ(send(m).status, COMMS_INVALID);
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(WhatsappTest, FindsByContentButNeverDeniesATemplate) {
  const std::string found = R"({"messages":[{"sid":"SM1","status":"sent","body":"hola",)"
                            R"("direction":"outbound-api",)"
                            R"("date_created":"Sun, 22 Nov 2026 12:00:00 +0000"}]})";
  host.answer(200, found);
  EXPECT_EQ(find("hola").vendor_id, "SM1");
  EXPECT_EQ(host.requests[0].url, kRoot +
                                      "/Messages.json?To=whatsapp%3A%2B14155550101"
                                      "&From=whatsapp%3A%2B14155550100&PageSize=100");
  host.answer(200, found);
  EXPECT_EQ(find("").status, COMMS_UNSUPPORTED);
  host.answer(200, R"({"messages":[]})");
  EXPECT_EQ(find("").status, COMMS_NOT_FOUND);
}

TEST_F(WhatsappTest, RegistersANewSender) {
  host.answer(200, R"({"senders":[{"sid":"XE9","sender_id":"whatsapp:+14155550199"}]})");
  host.answer(202, R"({"sid":"XE1","status":"CREATING"})");
  const OpResult result = register_sender(sender());
  EXPECT_EQ(result.field("id"), "XE1");
  EXPECT_EQ(result.field("status"), "pending");
  EXPECT_EQ(host.requests[0].url,
            "https://messaging.twilio.com/v2/Channels/Senders?Channel=whatsapp&PageSize=100");
  EXPECT_EQ(host.requests[1].url, "https://messaging.twilio.com/v2/Channels/Senders");
  EXPECT_EQ(host.requests[1].header("Content-Type"), "application/json");
  EXPECT_EQ(host.requests[1].body,
            R"({"webhook":{"callback_url":"https://a.test/in","callback_method":"POST",)"
            R"("status_callback_url":"https://a.test/status","status_callback_method":"POST"},)"
            R"("profile":{"name":"Acme \"Support\""},"sender_id":"whatsapp:+14155550100"})");
}

TEST_F(WhatsappTest, MakesNoSenderAfterAListItCouldNotRead) {
  for (const char* body : {"<html>busy</html>", "{}", R"({"senders":[{"sid":"XE)", ""}) {
    host.requests.clear();
    host.answer(200, body);
    const OpResult result = register_sender(sender());
    EXPECT_NE(result.status, COMMS_OK) << body;
    EXPECT_NE(result.status, COMMS_NOT_FOUND) << body;
    EXPECT_EQ(host.requests.size(), 1U) << body;
  }
}

TEST_F(WhatsappTest, VerifiesAndRepointsTheSenderThatIsThere) {
  start(R"(,"base_url":"http://127.0.0.1:24101")");
  const std::string list = R"({"senders":[{"sid":"XE1","sender_id":"whatsapp:+14155550100"}]})";
  const std::pair<const char*, const char*> states[] = {
      {"ONLINE", "online"},
      {"ONLINE:UPDATING", "online"},
      {"VERIFYING", "pending"},
      {"PENDING_VERIFICATION", "verification_needed"},
      {"OFFLINE", "failed"}};
  for (const auto& [theirs, ours] : states) {
    host.answer(200, list);
    host.answer(202, std::string(R"({"sid":"XE1","status":")") + theirs + "\"}");
    comms_whatsapp_sender s = sender();
    s.verification_code = comms::str("123456");
    EXPECT_EQ(register_sender(s).field("status"), ours) << theirs;
  }
  EXPECT_EQ(host.requests.back().url, "http://127.0.0.1:24101/v2/Channels/Senders/XE1");
  EXPECT_THAT(host.requests.back().body,
              HasSubstr(R"("configuration":{"verification_code":"123456"})"));
  EXPECT_NE(host.requests.back().flags & COMMS_HTTP_IDEMPOTENT, 0u);
}

TEST_F(WhatsappTest, CannotVerifyWhatIsNotRegistered) {
  host.answer(200, R"({"senders":[]})");
  comms_whatsapp_sender s = sender();
  s.verification_code = comms::str("123456");
  EXPECT_EQ(register_sender(s).status, COMMS_NOT_FOUND);
  EXPECT_EQ(host.requests.size(), 1u);
}

}  // namespace
