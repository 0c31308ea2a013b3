#include "fixture.h"

namespace {

const std::string kBought =
    R"({"sid":"PN1","phone_number":"+14155550123","capabilities":{"sms":true,"mms":false,"voice":true}})";

std::string offer(const std::vector<std::string>& numbers) {
  std::string list;
  for (const std::string& number : numbers) {
    list += (list.empty() ? "" : ",") + (R"({"phone_number":")" + number) +
            R"(","capabilities":{"SMS":true,"MMS":true,"voice":true}})";
  }
  return R"({"available_phone_numbers":[)" + list + "]}";
}

const std::string kPrices =
    R"({"country":"United States","iso_country":"US","price_unit":"usd","phone_number_prices":[)"
    R"({"number_type":"local","base_price":"1.15","current_price":"1.15"},)"
    R"({"number_type":"toll free","base_price":2.15,"current_price":2.15}]})";

/// At another address than Twilio's, where no prices are asked for.
class NumbersTest : public TwilioTest {
 protected:
  NumbersTest() { start(R"(,"base_url":"http://127.0.0.1:24101")"); }
  const std::string kRoot = "http://127.0.0.1:24101/2010-04-01/Accounts/" + kAccount;

  static comms_number_query query(std::uint32_t flags = 0) {
    comms_number_query q{};
    q.size = sizeof q;
    q.country = comms::str("US");
    q.flags = flags;
    return q;
  }
  OpResult buy(const comms_number_query& q) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.buy_number(plugin->self, op, &q); });
  }
  OpResult configure(const comms_number_config& c) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.configure_number(plugin->self, op, &c); });
  }
  OpResult release(std::string_view id) {
    const comms_telephony& slot = telephony();
    return host.run(
        [&](comms_op* op) { return slot.release_number(plugin->self, op, comms::str(id)); });
  }
};

TEST_F(NumbersTest, SearchesThenBuys) {
  host.answer(200, offer({"+14155550123"}));
  host.answer(201, kBought);
  comms_number_query q = query();
  q.area_code = comms::str("415");
  q.capabilities = COMMS_NUMBER_SMS | COMMS_NUMBER_VOICE;
  q.client_ref = comms::str("order_1");
  const OpResult result = buy(q);
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot +
                                      "/AvailablePhoneNumbers/US/Local.json?AreaCode=415"
                                      "&SmsEnabled=true&VoiceEnabled=true&PageSize=1");
  EXPECT_EQ(host.requests[1].url, kRoot + "/IncomingPhoneNumbers.json");
  EXPECT_EQ(sent().get("PhoneNumber"), "+14155550123");
  EXPECT_EQ(sent().get("FriendlyName"), "order_1");
  EXPECT_EQ(host.requests[1].flags & COMMS_HTTP_IDEMPOTENT, 0u);
  EXPECT_EQ(result.field("number"), "+14155550123");
  EXPECT_EQ(result.field("id"), "PN1");
  EXPECT_EQ(result.field("capabilities"), "sms,voice");
}

TEST_F(NumbersTest, BuysExactlyTheOneNamed) {
  host.answer(201, kBought);
  comms_number_query q = query();
  q.number = comms::str("+14155550123");
  EXPECT_EQ(buy(q).status, COMMS_OK);
  EXPECT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(host.requests[0].body, "PhoneNumber=%2B14155550123");
}

TEST_F(NumbersTest, TriesEveryTypeWhenAnyWillDo) {
  host.answer(404, R"({"code":20404,"message":"not found"})");
  host.answer(200, offer({}));
  host.answer(200, offer({"+18005550100"}));
  host.answer(201, kBought);
  EXPECT_EQ(buy(query()).status, COMMS_OK);
  ASSERT_EQ(host.requests.size(), 4u);
  EXPECT_THAT(host.requests[0].url, testing::HasSubstr("/US/Local.json"));
  EXPECT_THAT(host.requests[1].url, testing::HasSubstr("/US/Mobile.json"));
  EXPECT_THAT(host.requests[2].url, testing::HasSubstr("/US/TollFree.json"));
}

TEST_F(NumbersTest, FindsNone) {
  host.answer(200, offer({}));
  comms_number_query q = query();
  q.type = comms::str("mobile");
  const OpResult result = buy(q);
  EXPECT_EQ(result.status, COMMS_NOT_FOUND);
  EXPECT_EQ(host.requests.size(), 1u);
  q.type = comms::str("satellite");
  EXPECT_EQ(buy(q).status, COMMS_INVALID);
  q = query();
  q.country = {};
  EXPECT_EQ(buy(q).status, COMMS_INVALID);
}

TEST_F(NumbersTest, ListsWithoutBuying) {
  host.answer(200, offer({"+14155550123", "+14155550124"}));
  comms_number_query q = query(COMMS_NUMBER_SEARCH_ONLY);
  q.limit = 2;
  q.type = comms::str("tollfree");
  const OpResult result = buy(q);
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(host.requests[0].method, "GET");
  EXPECT_THAT(host.requests[0].url, testing::EndsWith("/US/TollFree.json?PageSize=2"));
  const comms::Fields expected{{"number", "+14155550123"},
                               {"capabilities", "sms,mms,voice"},
                               {"number", "+14155550124"},
                               {"capabilities", "sms,mms,voice"}};
  EXPECT_EQ(result.fields, expected);
}

TEST_F(NumbersTest, TellsWhatANumberCosts) {
  start();
  host.answer(200, offer({"+14155550123"}));
  host.answer(200, kPrices);
  host.answer(201, kBought);
  const OpResult bought = buy(query());
  EXPECT_EQ(host.requests[1].url, "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US");
  EXPECT_EQ(host.requests[2].method, "POST");
  EXPECT_EQ(bought.field("id"), "PN1");
  EXPECT_EQ(bought.field("monthly_cost_micros"), "1150000");
  EXPECT_EQ(bought.field("currency"), "USD");

  host.answer(200, offer({"+18005550100", "+18005550101"}));
  host.answer(200, kPrices);
  comms_number_query q = query(COMMS_NUMBER_SEARCH_ONLY);
  q.type = comms::str("tollfree");
  EXPECT_EQ(buy(q).fields.size(), 8u);
  host.answer(200, offer({"+18005550100"}));
  host.answer(200, kPrices);
  EXPECT_EQ(buy(q).field("monthly_cost_micros"), "2150000");
}

TEST_F(NumbersTest, BuysAlsoWithoutAPrice) {
  start();
  for (const char* answer : {"", "not JSON", R"({"phone_number_prices":[]})"}) {
    host.answer(200, offer({"+14155550123"}));
    host.answer(*answer ? 200 : 503, answer);
    host.answer(201, kBought);
    const OpResult result = buy(query());
    EXPECT_EQ(result.status, COMMS_OK) << answer;
    EXPECT_EQ(result.field("id"), "PN1") << answer;
    EXPECT_EQ(result.field("monthly_cost_micros"), "") << answer;
  }
}

TEST_F(NumbersTest, DoesNotKnowWhetherALostPurchaseHappened) {
  for (int http : {500, 0}) {
    host.answer(200, offer({"+14155550123"}));
    if (http) host.answer(http, "");
    if (!http) host.break_connection(COMMS_AMBIGUOUS);
    EXPECT_EQ(buy(query()).status, COMMS_AMBIGUOUS);
  }
  host.answer(200, offer({"+14155550123"}));
  host.answer(400, R"({"code":21422,"message":"+14155550123 is not available"})");
  const OpResult taken = buy(query());
  EXPECT_EQ(taken.status, COMMS_REJECTED);
  EXPECT_THAT(taken.error.message, testing::Not(testing::HasSubstr("555")));
}

TEST_F(NumbersTest, PointsANumberAtUs) {
  host.answer(200, kBought);
  comms_number_config c{};
  c.size = sizeof c;
  c.number_id = comms::str("PN1");
  c.message_url = comms::str("https://a.test/sms");
  c.voice_url = comms::str("https://a.test/voice");
  c.status_url = comms::str("https://a.test/status");
  EXPECT_EQ(configure(c).status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot + "/IncomingPhoneNumbers/PN1.json");
  EXPECT_EQ(sent().get("SmsUrl"), "https://a.test/sms");
  EXPECT_EQ(sent().get("SmsMethod"), "POST");
  EXPECT_EQ(sent().get("VoiceUrl"), "https://a.test/voice");
  EXPECT_EQ(sent().get("VoiceMethod"), "POST");
  EXPECT_EQ(sent().get("StatusCallback"), "https://a.test/status");
  EXPECT_EQ(sent().get("StatusCallbackMethod"), "POST");
}

TEST_F(NumbersTest, LooksTheIdUpAndLeavesTheRestAsItIs) {
  comms_number_config c{};
  c.size = sizeof c;
  c.number = comms::str("+14155550123");
  EXPECT_EQ(configure(c).status, COMMS_OK);
  EXPECT_TRUE(host.requests.empty()) << "nothing to change";
  c.voice_url = comms::str("https://a.test/voice");
  host.answer(200, R"({"incoming_phone_numbers":[)" + kBought + "]}");
  host.answer(200, kBought);
  EXPECT_EQ(configure(c).status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot + "/IncomingPhoneNumbers.json?PhoneNumber=%2B14155550123");
  EXPECT_EQ(host.requests[1].body, "VoiceUrl=https%3A%2F%2Fa.test%2Fvoice&VoiceMethod=POST");
  host.answer(200, R"({"incoming_phone_numbers":[]})");
  EXPECT_EQ(configure(c).status, COMMS_NOT_FOUND);
}

TEST_F(NumbersTest, ReleasesAlsoWhatIsGone) {
  host.answer(204, "");
  host.answer(404, R"({"code":20404,"message":"not found"})");
  EXPECT_EQ(release("PN1").status, COMMS_OK);
  EXPECT_EQ(release("PN1").status, COMMS_OK);
  EXPECT_EQ(host.requests[0].method, "DELETE");
  EXPECT_EQ(host.requests[0].url, kRoot + "/IncomingPhoneNumbers/PN1.json");
  host.answer(500, "");
  EXPECT_EQ(release("PN1").status, COMMS_UNAVAILABLE);
  EXPECT_EQ(release("").status, COMMS_INVALID);
}

TEST_F(NumbersTest, FindsAPurchaseByItsReference) {
  const auto find = [&](std::string_view ref) {
    const comms_telephony& slot = telephony();
    return host.run(
        [&](comms_op* op) { return slot.find_number(plugin->self, op, comms::str(ref)); });
  };
  host.answer(200, R"({"incoming_phone_numbers":[{"sid":"PN9","phone_number":"+14155550199",)"
                   R"("friendly_name":"acq_1 and more","capabilities":{"sms":true}},)"
                   R"({"sid":"PN1","phone_number":"+14155550123","friendly_name":"acq_1",)"
                   R"("capabilities":{"sms":true,"mms":false,"voice":true}}]})");
  const OpResult found = find("acq_1");
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(host.requests.back().url,
            kRoot + "/IncomingPhoneNumbers.json?FriendlyName=acq_1&PageSize=50");
  EXPECT_EQ(found.field("number"), "+14155550123");
  EXPECT_EQ(found.field("id"), "PN1");
  host.answer(200, R"({"incoming_phone_numbers":[]})");
  EXPECT_EQ(find("acq_2").status, COMMS_NOT_FOUND);
  host.answer(500, "");
  EXPECT_NE(find("acq_2").status, COMMS_NOT_FOUND) << "an error proves nothing";
  EXPECT_EQ(find("").status, COMMS_INVALID);
}

}  // namespace
