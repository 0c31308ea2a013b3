#include "fixture.h"

namespace {

class VonageWebhook : public VonageTest {
 protected:
  std::string status_body(const std::string& more) {
    return R"({"message_uuid":"m1","channel":"sms","to":"14155550101","from":"14155550100",)"
           R"("timestamp":"2026-11-26T06:00:00.250Z","client_ref":"att_1")" +
           more + '}';
  }
};

TEST_F(VonageWebhook, BelievesFreshTokensOverTheBodyOnly) {
  const std::int64_t now = host.now_ms / 1000;
  const std::string body = status_body(R"(,"status":"delivered")");
  EXPECT_TRUE(is_authentic(signed_webhook(body)));
  EXPECT_TRUE(is_authentic(signed_webhook(body, now - 299)));
  EXPECT_FALSE(is_authentic(signed_webhook(body, now - 301)));
  EXPECT_FALSE(is_authentic(signed_webhook(body, now + 301)));
  EXPECT_FALSE(is_authentic(signed_webhook(body, now, "another-secret-0123456789")));
  EXPECT_FALSE(is_authentic(signed_webhook(body, now, private_key(), COMMS_JWT_RS256)));
  EXPECT_FALSE(is_authentic(signed_webhook("")));
  const Webhook good = signed_webhook(body);
  for (std::size_t i = 0; i < good.body.size(); i += 7) {
    Webhook changed = good;
    changed.body[i] = static_cast<char>(changed.body[i] ^ 1);
    EXPECT_FALSE(is_authentic(changed)) << i;
  }
  const std::string& token = good.headers[0].second;
  for (std::size_t i = std::string("Bearer ").size(); i + 1 < token.size(); ++i) {
    Webhook changed = good;
    char& c = changed.headers[0].second[i];
    c = c == 'A' ? 'B' : 'A';
    if (changed.headers[0].second == token) continue;
    EXPECT_FALSE(is_authentic(changed)) << i;
  }
  for (const char* header : {"", "Bearer", "Bearer ", "Bearer a.b", "Bearer ..", "Basic x.y.z"}) {
    Webhook changed = good;
    changed.headers[0].second = header;
    EXPECT_FALSE(is_authentic(changed)) << header;
  }
}

TEST_F(VonageWebhook, ReadsTheStatesOfAMessage) {
  const std::pair<const char*, const char*> states[] = {{"submitted", "sent"},
                                                        {"delivered", "delivered"},
                                                        {"rejected", "failed"},
                                                        {"undeliverable", "undelivered"},
                                                        {"read", "read"}};
  for (const auto& [theirs, ours] : states) {
    const SeenEvent e = event_of(status_body(R"(,"status":")" + std::string(theirs) + '"'));
    EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_STATUS);
    EXPECT_EQ(e.text.at("status"), ours) << theirs;
    EXPECT_EQ(e.text.at("event_id"), "m1:" + std::string(theirs));
    EXPECT_EQ(e.text.at("client_ref"), "att_1");
    EXPECT_EQ(e.occurred_at_ms, 1'795'672'800'250);
  }
}

TEST_F(VonageWebhook, TakesTheCurrencyFromUsageOrFromTheSetting) {
  start(config(R"(,"currency":"GBP")"));
  SeenEvent e =
      event_of(status_body(R"(,"status":"delivered","usage":{"price":"0.0333","currency":"EUR"})"));
  EXPECT_EQ(e.cost_micros, 33'300);
  EXPECT_EQ(e.text.at("currency"), "EUR");
  e = event_of(status_body(R"(,"status":"delivered","usage":{"price":"0.0333"})"));
  EXPECT_EQ(e.text.at("currency"), "GBP");
  e = event_of(status_body(R"(,"status":"delivered","usage":{"price":"free"})"));
  EXPECT_EQ(e.cost_micros, COMMS_COST_UNKNOWN);
  EXPECT_EQ(e.text.at("currency"), "");
  e = event_of(R"({"uuid":"c1","status":"completed","price":"0.0045","duration":"12"})");
  EXPECT_EQ(e.cost_micros, 4'500);
  EXPECT_EQ(e.text.at("currency"), "GBP");
  EXPECT_EQ(e.text.at("extra.duration_ms"), "12000");
}

TEST_F(VonageWebhook, TellsWhyAMessageFailedWithoutTheNumber) {
  const SeenEvent e = event_of(status_body(
      R"(,"status":"rejected","error":{"type":"https://x.test/errors#1210","title":"Opted out",)"
      R"("detail":"+14155550101 opted out"})"));
  EXPECT_EQ(e.text.at("error_code"), "1210");
  EXPECT_THAT(e.text.at("error_message"), HasSubstr("opted out"));
  EXPECT_THAT(e.text.at("error_message"), Not(HasSubstr("4155550101")));
}

TEST_F(VonageWebhook, RefusesWhatItDoesNotUnderstand) {
  for (const char* body : {"{", "[]", "null", "{}", R"("text")", R"({"uuid":{}})",
                           R"({"message_uuid":"m1","channel":"whatsapp","status":"read"})",
                           R"({"message_uuid":"m1","channel":"sms","message_type":"text"})"}) {
    const Parsed parsed = parse(signed_webhook(body));
    EXPECT_EQ(parsed.status, COMMS_INVALID) << body;
    EXPECT_TRUE(parsed.events.empty()) << body;
  }
}

}  // namespace
