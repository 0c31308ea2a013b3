#include "fixture.h"

namespace {

using testing::HasSubstr;

constexpr const char* kId = "evEK_IhZSlKus235aGfxIQ";

class SendgridActivityTest : public SendgridTest {
 protected:
  static std::string listed(const std::vector<std::pair<std::string, std::string>>& copies) {
    std::string list;
    for (const auto& [id, status] : copies) {
      list += (list.empty() ? "" : ",") + std::string(R"({"msg_id":")") + id + R"(","status":")" +
              status + R"("})";
    }
    return R"({"messages":[)" + list + "]}";
  }
  static std::string copy(int n) {
    return std::string(kId) + ".recvd-5645d9c87f-78xgx-1-5F-" + std::to_string(n) + ".0";
  }
};

TEST_F(SendgridActivityTest, FindsByOurReferenceAndLooksAtIt) {
  host.answer(200, listed({{copy(1), "processed"}}));
  host.answer(200, R"({"msg_id":"x","unique_args":"{\"commsd_attempt\":\"att_1\"}"})");
  const OpResult found = find("", "att_1");
  EXPECT_EQ(found.vendor_id, kId);
  EXPECT_EQ(found.message_status, "sent");
  EXPECT_EQ(found.field("match"), "client_ref");
  EXPECT_EQ(host.requests[0].url,
            kApi +
                "/v3/messages?limit=100&query=%28unique_args%5B%27commsd_attempt%27%5D%3D%22att_1%"
                "22%29");
  EXPECT_EQ(host.requests[1].url, kApi + "/v3/messages/" + copy(1));
  host.answer(200, listed({{copy(1), "delivered"}}));
  host.answer(200, R"({"unique_args":{"commsd_attempt":"att_1"}})");
  EXPECT_EQ(find("", "att_1").message_status, "delivered");
}

TEST_F(SendgridActivityTest, DoesNotBelieveAFilterThatShowsAnothers) {
  for (const char* other : {R"({"unique_args":"{'commsd_attempt':'att_2'}"})",
                            R"({"unique_args":{"commsd_attempt":"att_2"}})", "{}", "", "<html>"}) {
    host.answer(200, listed({{copy(1), "processed"}}));
    host.answer(200, other);
    const OpResult result = find("", "att_1");
    EXPECT_EQ(result.status, COMMS_INTERNAL) << other;
    EXPECT_TRUE(result.vendor_id.empty());
  }
}

TEST_F(SendgridActivityTest, TellsTheWorstOfAllRecipients) {
  const std::pair<std::vector<std::pair<std::string, std::string>>, const char*> cases[] = {
      {{{copy(1), "delivered"}, {copy(2), "delivered"}}, "delivered"},
      {{{copy(1), "delivered"}, {copy(2), "processed"}}, "sent"},
      {{{copy(1), "processed"}, {copy(2), "not_delivered"}}, "undelivered"},
      {{{"another.recvd-1.0", "not_delivered"}, {copy(1), "delivered"}}, "delivered"}};
  for (const auto& [copies, status] : cases) {
    host.answer(200, listed(copies));
    const OpResult found = find(kId, "");
    EXPECT_EQ(found.vendor_id, kId);
    EXPECT_EQ(found.message_status, status);
  }
  EXPECT_THAT(host.requests[0].url,
              HasSubstr("query=msg_id%20LIKE%20%22evEK_IhZSlKus235aGfxIQ%25%22"));
}

TEST_F(SendgridActivityTest, SaysThatThereIsNoneOnlyWhenTheListWasRead) {
  host.answer(200, listed({}));
  EXPECT_EQ(find("", "att_1").status, COMMS_NOT_FOUND);
  host.answer(200, listed({{"another.recvd-1.0", "delivered"}}));
  EXPECT_EQ(find(kId, "").status, COMMS_NOT_FOUND);
  for (const char* broken : {"", "{}", "[]", "<html>", R"({"messages":)", R"({"messages":{}})"}) {
    host.answer(200, broken);
    EXPECT_NE(find("", "att_1").status, COMMS_NOT_FOUND) << broken;
  }
  host.answer(500, "");
  EXPECT_EQ(find("", "att_1").status, COMMS_UNAVAILABLE);
  host.answer(429, "");
  EXPECT_EQ(find("", "att_1").status, COMMS_RATE_LIMITED);
}

TEST_F(SendgridActivityTest, SaysWhatTheAccountLacks) {
  for (const int status : {403, 404}) {
    host.answer(status, R"({"errors":[{"message":"access forbidden","field":null}]})");
    const OpResult result = find("", "att_1");
    EXPECT_EQ(result.status, COMMS_UNSUPPORTED);
    EXPECT_THAT(result.error.remedy, HasSubstr("additional email activity history"));
  }
  host.answer(401, "");
  EXPECT_EQ(find("", "att_1").status, COMMS_UNAUTHENTICATED);
}

TEST_F(SendgridActivityTest, AsksForNothingThatCouldEndAString) {
  for (const char* odd : {"", "a\"b", "a'b", "a b", "a%", "a\\", "\xc3\xa9"}) {
    EXPECT_EQ(find("", odd).status, COMMS_UNSUPPORTED) << odd;
  }
  EXPECT_EQ(find("", std::string(101, 'a')).status, COMMS_UNSUPPORTED);
  EXPECT_TRUE(host.requests.empty());
}

}  // namespace
