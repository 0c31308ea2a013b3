#include "fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const std::string kSenders = "https://messaging.twilio.com/v2/Channels/Senders";
const std::string kContent = "https://content.twilio.com/v1/Content";

class SendersTest : public TwilioTest {
 protected:
  OpResult list_senders() {
    const comms_whatsapp& slot = whatsapp();
    return host.run([&](comms_op* op) { return slot.list_senders(plugin->self, op); });
  }
  OpResult sender_status(std::string_view id) {
    const comms_whatsapp& slot = whatsapp();
    return host.run(
        [&](comms_op* op) { return slot.sender_status(plugin->self, op, comms::str(id)); });
  }
  OpResult remove_sender(std::string_view id) {
    const comms_whatsapp& slot = whatsapp();
    return host.run(
        [&](comms_op* op) { return slot.remove_sender(plugin->self, op, comms::str(id)); });
  }
  OpResult list_templates() {
    const comms_whatsapp& slot = whatsapp();
    return host.run([&](comms_op* op) { return slot.list_templates(plugin->self, op); });
  }
  OpResult create_template(std::string_view name = "table_ready",
                           std::string_view category = "utility") {
    const comms_whatsapp& slot = whatsapp();
    const comms_kv sample{comms::str("1"), comms::str("Ana \"A\"")};
    comms_whatsapp_template wanted{};
    wanted.size = sizeof wanted;
    wanted.name = comms::str(name);
    wanted.language = comms::str("en");
    wanted.category = comms::str(category);
    wanted.body = comms::str("Hello {{1}}");
    wanted.samples = &sample;
    wanted.sample_count = 1;
    return host.run([&](comms_op* op) { return slot.create_template(plugin->self, op, &wanted); });
  }
};

TEST_F(SendersTest, ListsAllPages) {
  host.answer(200, R"({"senders":[{"sid":"XE1","sender_id":"whatsapp:+14155550101",)"
                   R"("status":"ONLINE"}],"meta":{"next_page_url":)"
                   R"("https://messaging.twilio.com/v2/Channels/Senders?Page=1"}})");
  host.answer(200, R"({"senders":[{"sid":"XE2","sender_id":"whatsapp:+14155550102",)"
                   R"("status":"OFFLINE","offline_reasons":[)"
                   R"({"code":"63020","message":"Business of +14155550102 not verified"}]}]})");
  const OpResult result = list_senders();
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_THAT(result.fields, ElementsAre(Pair("id", "XE1"), Pair("number", "+14155550101"),
                                         Pair("status", "online"), Pair("id", "XE2"),
                                         Pair("number", "+14155550102"), Pair("status", "failed"),
                                         Pair("reason", HasSubstr("not verified"))));
  EXPECT_THAT(result.field("reason"), Not(HasSubstr("4155550102")));
  EXPECT_EQ(host.requests[1].url, kSenders + "?Page=1");
}

TEST_F(SendersTest, AListOfWhichAPartIsMissingIsNone) {
  const std::string more =
      R"({"senders":[],"meta":{"next_page_url":"https://messaging.twilio.com/v2/x?Page=1"}})";
  for (const char* second : {"", "<html>", "{}", R"({"senders":[{"sid")"}) {
    host.answer(200, more);
    host.answer(200, second);
    EXPECT_NE(list_senders().status, COMMS_OK) << second;
  }
  host.answer(200, more);
  host.answer(503, "");
  EXPECT_EQ(list_senders().status, COMMS_UNAVAILABLE);
}

TEST_F(SendersTest, TellsWhetherASenderIsThere) {
  host.answer(200, R"({"sid":"XE1","sender_id":"whatsapp:+14155550101","status":"ONLINE"})");
  EXPECT_EQ(sender_status("XE1").field("status"), "online");
  EXPECT_EQ(host.requests[0].url, kSenders + "/XE1");
  host.answer(404, R"({"code":20404,"message":"not found","status":404})");
  EXPECT_EQ(sender_status("XE1").status, COMMS_NOT_FOUND);
  for (const char* body : {"", "{}", "<html>"}) {
    host.answer(200, body);
    const OpResult result = sender_status("XE1");
    EXPECT_NE(result.status, COMMS_OK) << body;
    EXPECT_NE(result.status, COMMS_NOT_FOUND) << body;
  }
  EXPECT_EQ(sender_status("").status, COMMS_INVALID);
}

TEST_F(SendersTest, RemovesOnce) {
  host.answer(204, "");
  EXPECT_EQ(remove_sender("XE1/../XE2").status, COMMS_OK);
  EXPECT_EQ(host.requests[0].method, "DELETE");
  EXPECT_EQ(host.requests[0].url, kSenders + "/XE1%2F..%2FXE2");
  host.answer(404, "");
  EXPECT_EQ(remove_sender("XE1").status, COMMS_OK) << "gone already";
  host.answer(503, "");
  EXPECT_EQ(remove_sender("XE1").status, COMMS_UNAVAILABLE);
  EXPECT_EQ(remove_sender("").status, COMMS_INVALID) << "that would be the list";
}

TEST_F(SendersTest, ListsTemplatesWithTheirApproval) {
  host.answer(200,
              R"({"contents":[)"
              R"({"sid":"HX1","friendly_name":"a","language":"en","approval_requests":)"
              R"({"status":"approved","category":"UTILITY","rejection_reason":""}},)"
              R"({"sid":"HX2","friendly_name":"b","language":"es","approval_requests":)"
              R"({"status":"rejected","category":"MARKETING","rejection_reason":"see http://x"}},)"
              R"({"sid":"HX3","friendly_name":null,"language":"en"}]})");
  const OpResult result = list_templates();
  EXPECT_THAT(
      result.fields,
      ElementsAre(Pair("id", "HX1"), Pair("name", "a"), Pair("language", "en"),
                  Pair("status", "approved"), Pair("category", "utility"), Pair("id", "HX2"),
                  Pair("name", "b"), Pair("language", "es"), Pair("status", "rejected"),
                  Pair("category", "marketing"), Pair("reason", "see [url]"), Pair("id", "HX3"),
                  Pair("name", ""), Pair("language", "en"), Pair("status", "unsubmitted")));
  EXPECT_EQ(host.requests[0].url, "https://content.twilio.com/v1/ContentAndApprovals?PageSize=500");
}

TEST_F(SendersTest, MakesATemplateAndHandsItIn) {
  host.answer(201, R"({"sid":"HX1","friendly_name":"table_ready","language":"en"})");
  host.answer(201, R"({"name":"table_ready","category":"UTILITY","status":"unsubmitted"})");
  const OpResult result = create_template();
  EXPECT_THAT(result.fields,
              ElementsAre(Pair("id", "HX1"), Pair("name", "table_ready"), Pair("language", "en"),
                          Pair("status", "pending"), Pair("category", "utility")));
  EXPECT_EQ(host.requests[0].url, kContent);
  EXPECT_EQ(host.requests[0].body,
            R"({"friendly_name":"table_ready","language":"en","variables":{"1":"Ana \"A\""},)"
            R"("types":{"twilio/text":{"body":"Hello {{1}}"}}})");
  EXPECT_EQ(host.requests[1].url, kContent + "/HX1/ApprovalRequests/whatsapp");
  EXPECT_EQ(host.requests[1].body, R"({"name":"table_ready","category":"UTILITY"})");
}

TEST_F(SendersTest, LeavesNothingOfATemplateThatNobodyWillLookAt) {
  const std::string made = R"({"sid":"HX1","friendly_name":"table_ready","language":"en"})";
  host.answer(201, made);
  host.answer(400, R"({"code":60228,"message":"Template name is not valid","status":400})");
  host.answer(204, "");
  const OpResult refused = create_template();
  EXPECT_EQ(refused.status, COMMS_REJECTED);
  EXPECT_EQ(refused.error.vendor_code, "60228");
  EXPECT_EQ(host.requests[2].method, "DELETE");
  EXPECT_EQ(host.requests[2].url, kContent + "/HX1");
  // What cannot be taken away is told.
  host.answer(201, made);
  host.answer(400, R"({"code":60228,"message":"no","status":400})");
  host.answer(500, "");
  const OpResult left = create_template();
  EXPECT_EQ(left.status, COMMS_REJECTED);
  EXPECT_THAT(left.error.message, HasSubstr("could not be removed"));
  // Whether it was handed in nobody knows: then it stays.
  host.answer(201, made);
  host.answer(502, "");
  EXPECT_EQ(create_template().status, COMMS_AMBIGUOUS);
  EXPECT_EQ(host.requests.size(), 8u);
}

TEST_F(SendersTest, RefusesATemplateWithoutARequest) {
  for (const char* name : {"", "Table", "table ready", "tisch-é"}) {
    EXPECT_EQ(create_template(name).status, COMMS_INVALID) << name;
  }
  EXPECT_EQ(create_template("a", "spam").status, COMMS_INVALID);
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(SendersTest, RemovesATemplate) {
  const comms_whatsapp& slot = whatsapp();
  host.answer(204, "");
  EXPECT_EQ(host.run([&](comms_op* op) {
                  return slot.remove_template(plugin->self, op, comms::str("HX1"));
                })
                .status,
            COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kContent + "/HX1");
}

}  // namespace
