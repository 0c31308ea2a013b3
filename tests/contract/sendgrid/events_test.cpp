#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

class SendgridEventsTest : public SendgridTest {
 protected:
  /// As in the Event Webhook Reference, with our custom argument.
  static std::string told(const std::string& kind, const std::string& more = "") {
    return R"({"email":"someone@example.org","timestamp":1513299569,)"
           R"("smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":")" +
           kind +
           R"(","sg_event_id":"6g4ZI7SA-xmRDv57GoPIPw==",)"
           R"("sg_message_id":"evEK_IhZSlKus235aGfxIQ.recvd-5645d9c87f-78xgx-1-5F.0",)"
           R"("commsd_attempt":"att_1")" +
           more + '}';
  }
  SeenEvent only(const std::string& kind, const std::string& more = "") {
    return event('[' + told(kind, more) + ']');
  }
};

TEST_F(SendgridEventsTest, TellsWhatBecameOfAMail) {
  struct Case {
    const char *kind, *more, *status, *code;
  };
  const Case cases[] = {
      {"processed", "", "sent", ""},
      {"deferred", R"(,"response":"421 try later","attempt":"5")", "sent", "deferred"},
      {"delivered", R"(,"response":"250 OK")", "delivered", ""},
      {"bounce", R"(,"status":"5.1.1","type":"bounce","reason":"550 unknown")", "bounced", "5.1.1"},
      {"bounce", R"(,"type":"bounce","reason":"550 unknown")", "bounced", "bounce"},
      {"bounce", R"(,"status":"4.7.1","type":"blocked","reason":"x")", "undelivered", "4.7.1"},
      {"dropped", R"(,"reason":"Spam Reporting Address")", "failed", "Spam Reporting Address"},
      {"spamreport", "", "complained", "spamreport"},
      {"unsubscribe", "", "read", "unsubscribe"},
      {"group_unsubscribe", R"(,"asm_group_id":10)", "read", "group_unsubscribe"},
      {"open", R"(,"sg_machine_open":false)", "read", ""},
      {"click", R"(,"url":"https://example.com/")", "read", ""}};
  for (const Case& c : cases) {
    const SeenEvent seen = only(c.kind, c.more);
    EXPECT_EQ(seen.kind, COMMS_EVENT_MESSAGE_STATUS);
    EXPECT_EQ(seen.text.at("status"), c.status) << c.kind;
    EXPECT_EQ(seen.text.at("error_code"), c.code) << c.kind;
    EXPECT_EQ(seen.text.at("error_message").empty(), std::string(c.code).empty()) << c.kind;
    EXPECT_EQ(seen.text.at("event_id"), "6g4ZI7SA-xmRDv57GoPIPw==");
    EXPECT_EQ(seen.text.at("vendor_id"), "evEK_IhZSlKus235aGfxIQ") << "as X-Message-Id had it";
    EXPECT_EQ(seen.text.at("client_ref"), "att_1");
    EXPECT_EQ(seen.text.at("extra.message_id"), "<14c5d75ce93.dfd.64b469@ismtpd-555>");
    EXPECT_EQ(seen.occurred_at_ms, 1513299569000);
  }
}

TEST_F(SendgridEventsTest, ShowsNoAddressOfARefusal) {
  const SeenEvent seen = only(
      "bounce", R"(,"status":"5.1.1","reason":"550 <someone@example.org>: no +14155550100 here")");
  EXPECT_THAT(seen.text.at("error_message"), HasSubstr("550"));
  EXPECT_THAT(seen.text.at("error_message"), Not(HasSubstr("someone@")));
  EXPECT_THAT(seen.text.at("error_message"), Not(HasSubstr("4155550100")));
}

TEST_F(SendgridEventsTest, LeavesOutWhatSaysNothingOfAMail) {
  for (const std::string& other :
       {told("group_resubscribe"), told("account_status_change"),
        told("open", R"(,"sg_machine_open":true)"), std::string("{}"), std::string("[]"),
        std::string("null"), std::string("7"), std::string(R"({"event":7})"),
        std::string(R"({"event":["open"]})")}) {
    const Parsed parsed = parse_body('[' + other + ']');
    EXPECT_EQ(parsed.status, COMMS_OK) << other;
    EXPECT_TRUE(parsed.events.empty()) << other;
  }
}

TEST_F(SendgridEventsTest, ReadsABatchInItsOrder) {
  const Parsed parsed = parse_body('[' + told("processed") + ",{}," + told("delivered") + ',' +
                                   told("open") + "]\r\n");
  ASSERT_EQ(parsed.events.size(), 3u);
  EXPECT_EQ(parsed.events[0].text.at("status"), "sent");
  EXPECT_EQ(parsed.events[1].text.at("status"), "delivered");
  EXPECT_EQ(parsed.events[2].text.at("status"), "read");
}

TEST_F(SendgridEventsTest, GivesWhatHasNoIdTheSameOneAgain) {
  const std::string nameless =
      R"({"email":"not an address","timestamp":1386636115,"reason":"Invalid","event":"dropped"})";
  const std::string id = event('[' + nameless + ']').text.at("event_id");
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(event('[' + nameless + ']').text.at("event_id"), id);
  std::string other = nameless;
  other.replace(other.find("not an"), 6, "no such");
  EXPECT_NE(event('[' + other + ']').text.at("event_id"), id);
}

TEST_F(SendgridEventsTest, TakesNoTimeThatIsNone) {
  for (const char* time : {"-1", "0", "1e300", "\"soon\"", "null", "9223372036854775807"}) {
    const std::string body =
        std::string(R"([{"event":"open","sg_event_id":"e","timestamp":)") + time + "}]";
    EXPECT_EQ(event(body).occurred_at_ms, 0) << time;
  }
}

TEST_F(SendgridEventsTest, RefusesWhatIsNoArray) {
  for (const char* bad : {"", "{", "{}", "7", "null", "\"x\"", "<html>", "[{\"event\":\"open\"}",
                          "{\"event\":\"open\"}"}) {
    const Parsed parsed = parse_body(bad);
    EXPECT_EQ(parsed.status, COMMS_INVALID) << bad;
    EXPECT_TRUE(parsed.events.empty()) << bad;
  }
}

TEST_F(SendgridEventsTest, AnswersInJson) {
  EXPECT_EQ(reply(Webhook()), "{\"received\":true}|application/json");
}

}  // namespace
