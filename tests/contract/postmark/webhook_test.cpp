#include "fixture.h"

namespace {

using testing::Not;

class PostmarkWebhookTest : public PostmarkTest {
 protected:
  static Webhook with(const std::string& name, const std::string& value) {
    Webhook webhook;
    webhook.body = "{}";
    webhook.headers = {{name, value}};
    return webhook;
  }
  static std::string told(const std::string& record, const std::string& more) {
    return R"({"RecordType":")" + record + R"(","MessageID":"m-1",)" + more +
           R"(,"Metadata":{"commsd_attempt":"att_1"}})";
  }
  Parsed read(const std::string& record, const std::string& more) {
    return parse_body(told(record, more));
  }
};

// base64 of "commsd:" and kPassword, and of the password alone
constexpr const char* kBasic = "Basic Y29tbXNkOmEtcGFzc3dvcmQtb2Ytb3VyLW93bi0wMTIzNDU2Nzg5";
constexpr const char* kNoUser = "Basic YS1wYXNzd29yZC1vZi1vdXItb3duLTAxMjM0NTY3ODk=";

TEST_F(PostmarkWebhookTest, BelievesThePasswordOnly) {
  EXPECT_TRUE(is_authentic(with("authorization", kBasic)));
  EXPECT_FALSE(is_authentic(with("authorization", kNoUser)));
  EXPECT_FALSE(is_authentic(with("authorization", "")));
  EXPECT_FALSE(is_authentic(with("X-Commsd-Token", kPassword))) << "no such header is set";
  EXPECT_FALSE(is_authentic(Webhook()));
  const std::string good = kBasic;
  // Behind "Basic " and what the user is called, which is no secret.
  for (std::size_t i = 14; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_authentic(with("authorization", changed))) << i;
  }
  start(config(R"(,"webhook_header":"X-Commsd-Token")"));
  EXPECT_TRUE(is_authentic(with("x-commsd-token", kPassword)));
  EXPECT_TRUE(is_authentic(with("authorization", kBasic))) << "mail cannot have the header";
  EXPECT_FALSE(is_authentic(with("x-commsd-token", kPassword + 'x')));
  EXPECT_FALSE(is_authentic(with("x-commsd-token", "")));
  start(R"({"server_token":"a-server-token"})");
  EXPECT_FALSE(is_authentic(with("authorization", "Basic Og==")));
}

TEST_F(PostmarkWebhookTest, TellsWhatBecameOfAMail) {
  struct Case {
    const char *record, *more, *status, *code;
  };
  const Case cases[] = {
      {"Delivery", R"("Recipient":"a@example.org","DeliveredAt":"2024-01-15T10:30:00Z")",
       "delivered", ""},
      {"Open", R"("Recipient":"a@example.org","ReceivedAt":"2024-01-15T10:30:00Z")", "read", ""},
      {"Click", R"("Recipient":"a@example.org","ReceivedAt":"2024-01-15T10:30:00Z")", "read", ""},
      {"Bounce", R"("ID":9,"Type":"HardBounce","BouncedAt":"2024-01-15T10:30:00Z")", "bounced",
       "HardBounce"},
      {"Bounce", R"("ID":9,"Type":"SpamComplaint","BouncedAt":"2024-01-15T10:30:00Z")",
       "complained", "SpamComplaint"},
      {"SpamComplaint", R"("ID":9,"Type":"SpamComplaint","BouncedAt":"2024-01-15T10:30:00Z")",
       "complained", "SpamComplaint"},
      {"SubscriptionChange",
       R"("SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Recipient",)"
       R"("ChangedAt":"2024-01-15T10:30:00Z")",
       "", "ManualSuppression"}};
  for (const Case& c : cases) {
    const SeenEvent seen = event(told(c.record, c.more));
    EXPECT_EQ(seen.kind, COMMS_EVENT_MESSAGE_STATUS);
    EXPECT_EQ(seen.text.at("status"), c.status) << c.record;
    EXPECT_EQ(seen.text.at("error_code"), c.code) << c.record;
    EXPECT_EQ(seen.text.at("vendor_id"), "m-1");
    EXPECT_EQ(seen.text.at("client_ref"), "att_1");
    EXPECT_EQ(seen.occurred_at_ms, 1705314600000);
    EXPECT_EQ(event(told(c.record, c.more)).text.at("event_id"), seen.text.at("event_id"));
    EXPECT_THAT(seen.text.at("event_id"), Not(testing::HasSubstr("example.org")));
  }
}

TEST_F(PostmarkWebhookTest, LeavesOutWhatSaysNothingOfAMail) {
  const std::pair<const char*, const char*> others[] = {
      {"Bounce", R"("ID":9,"Type":"Transient")"},
      {"Bounce", R"("ID":9,"Type":"AutoResponder")"},
      {"SubscriptionChange", R"("SuppressSending":false)"},
      {"SubscriptionChange",
       R"("SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Customer")"},
      {"SomethingNew", R"("ID":9)"}};
  for (const auto& [record, more] : others) {
    const Parsed parsed = read(record, more);
    EXPECT_EQ(parsed.status, COMMS_OK) << record;
    EXPECT_TRUE(parsed.events.empty()) << record;
  }
}

TEST_F(PostmarkWebhookTest, ReadsAMailWithItsFiles) {
  const SeenEvent seen =
      event(R"({"MessageID":"m-9","From":"x@example.org","FromFull":{"Email":"guest@example.org"},)"
            R"("ToFull":[{"Email":"agent@example.com"}],"CcFull":[{"Email":"b@example.com"},{}],)"
            R"("BccFull":[{"Email":"c@example.com"}],)"
            R"("OriginalRecipient":"hidden@example.com","Subject":"Ünï","TextBody":"t",)"
            R"("HtmlBody":"<b>t</b>","Headers":[{"Name":"message-id","Value":"<1@example.org>"}],)"
            R"("Attachments":[{"Name":"a","Content":"AAE=","ContentType":"image/png"},)"
            R"({"Name":"empty","Content":""}]})");
  EXPECT_EQ(seen.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_EQ(seen.text.at("event_id"), "m-9");
  EXPECT_EQ(seen.text.at("from"), "guest@example.org");
  EXPECT_EQ(seen.text.at("to"), "hidden@example.com");
  EXPECT_EQ(seen.text.at("subject"), "Ünï");
  EXPECT_EQ(seen.text.at("text"), "t");
  EXPECT_EQ(seen.text.at("html"), "<b>t</b>");
  EXPECT_EQ(seen.text.at("extra.message_id"), "<1@example.org>");
  EXPECT_EQ(seen.text.at("extra.recipients"),
            "hidden@example.com, agent@example.com, b@example.com, c@example.com");
  EXPECT_EQ(seen.text.at("extra.to_all"), "agent@example.com");
  EXPECT_EQ(seen.text.at("extra.cc"), "b@example.com");
  ASSERT_EQ(seen.media.size(), 2u);
  EXPECT_EQ(seen.media[0], std::string("\x00\x01", 2));
  EXPECT_EQ(seen.media[1], "");
}

TEST_F(PostmarkWebhookTest, AddressesOfTheInboundStreamSayNothing) {
  const SeenEvent seen = event(R"({"MessageID":"m-9","ToFull":[{"Email":"agent@example.com"}],)"
                               R"("OriginalRecipient":"0123@inbound.postmarkapp.com"})");
  EXPECT_EQ(seen.text.at("to"), "agent@example.com");
}

TEST_F(PostmarkWebhookTest, RefusesWhatItCannotRead) {
  for (const char* bad :
       {"", "{", "[]", "7", "null", "\"x\"", "{}", "<html>", "{\"MessageID\":\"\"}",
        R"({"MessageID":"m","Attachments":[{"Content":"no base64!"}]})"}) {
    const Parsed parsed = parse_body(bad);
    EXPECT_EQ(parsed.status, COMMS_INVALID) << bad;
    EXPECT_TRUE(parsed.events.empty()) << bad;
  }
  EXPECT_EQ(reply(Webhook()), "{\"received\":true}|application/json");
}

}  // namespace
