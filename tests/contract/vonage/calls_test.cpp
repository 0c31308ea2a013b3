#include "fixture.h"

namespace {

class VonageCalls : public VonageTest {
 protected:
  static comms_call call() {
    comms_call c{};
    c.size = sizeof c;
    c.from = comms::str(kFrom);
    c.to = comms::str(kTo);
    c.answer_url = comms::str("https://comms.example.test/answer?ref=att_1");
    return c;
  }
  OpResult make(const comms_call& c) { return run(&comms_telephony::make_call, &c); }
  OpResult find_by_ends() {
    comms_find what{};
    what.size = sizeof what;
    what.from = comms::str(kFrom);
    what.to = comms::str(kTo);
    what.after_ms = 1'700'000'000'000;
    what.before_ms = 1'700'000'060'000;
    return run(&comms_telephony::find_call, static_cast<const comms_find*>(&what));
  }
  OpResult end(std::string_view id) { return run(&comms_telephony::end_call, comms::str(id)); }
};

std::string listed(const std::string& calls, int count = 1) {
  return R"({"count":)" + std::to_string(count) + R"(,"_embedded":{"calls":[)" + calls + "]}}";
}

const std::string kListed =
    R"({"uuid":"c1","status":"completed","direction":"outbound","duration":"61",)"
    R"("price":"0.02340000","to":{"type":"phone","number":"14155550101"},)"
    R"("from":[{"type":"phone","number":"14155550100"}]})";

TEST_F(VonageCalls, KeepsDurationsWithinVonagesLimits) {
  host.answer(201, R"({"uuid":"c1","status":"started"})");
  comms_call c = call();
  c.flags = COMMS_CALL_DETECT_MACHINE;
  c.ring_timeout_ms = 900'000;
  c.max_duration_ms = 1;
  const OpResult result = make(c);
  EXPECT_EQ(result.vendor_id, "c1");
  EXPECT_EQ(result.message_status, "queued");
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"("machine_detection":"continue")"));
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"("ringing_timer":120,"length_timer":1)"));
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"("answer_method":"POST")"));
}

TEST_F(VonageCalls, CannotRecordFromTheStart) {
  comms_call c = call();
  c.flags = COMMS_CALL_RECORD;
  EXPECT_EQ(make(c).status, COMMS_UNSUPPORTED);
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(VonageCalls, TellsThePriceInTheCurrencyOfTheAccount) {
  const std::string over = R"({"uuid":"c1","status":"completed","price":"0.0234","duration":"61"})";
  host.answer(200, over);
  OpResult result = find_call("c1");
  EXPECT_EQ(result.cost_micros, 23'400);
  EXPECT_EQ(result.currency, "EUR") << "as Vonage's documents say";
  EXPECT_EQ(result.field("duration_ms"), "61000");
  start(config(R"(,"currency":"USD")"));
  host.answer(200, over);
  EXPECT_EQ(find_call("c1").currency, "USD");
  // While it lasts, the price is not the price.
  host.answer(200, R"({"uuid":"c1","status":"answered","price":"0.0234"})");
  result = find_call("c1");
  EXPECT_EQ(result.cost_micros, COMMS_COST_UNKNOWN);
  EXPECT_EQ(result.currency, "");
}

TEST_F(VonageCalls, FindsTheOneCallOfThatTime) {
  host.answer(200, listed(kListed));
  const OpResult result = find_by_ends();
  EXPECT_EQ(result.vendor_id, "c1");
  EXPECT_EQ(result.field("match"), "content");
  EXPECT_THAT(host.requests[0].url, HasSubstr("date_start=2023-11-14T22%3A13%3A19Z"));
  host.answer(200, listed(kListed + ',' + kListed, 2));
  EXPECT_EQ(find_by_ends().status, COMMS_UNSUPPORTED) << "which of the two?";
  host.answer(200, listed(""));
  EXPECT_EQ(find_by_ends().status, COMMS_NOT_FOUND);
  host.answer(200, listed("", 500));
  EXPECT_EQ(find_by_ends().status, COMMS_UNSUPPORTED) << "there are more pages";
  for (const char* nonsense : {"", "<html>", "{}", R"({"_embedded":{"calls":{}}})"}) {
    host.answer(200, nonsense);
    const OpResult unread = find_by_ends();
    EXPECT_NE(unread.status, COMMS_OK) << nonsense;
    EXPECT_NE(unread.status, COMMS_NOT_FOUND) << nonsense;
  }
}

TEST_F(VonageCalls, EndsACallOnceAndIsContentWhenItIsOver) {
  host.answer(204, "");
  EXPECT_EQ(end("c1").status, COMMS_OK);
  host.answer(404, "{}");
  EXPECT_EQ(end("c1").status, COMMS_OK);
  host.answer(400, R"({"title":"Bad Request"})");
  host.answer(200, R"({"uuid":"c1","status":"completed"})");
  EXPECT_EQ(end("c1").status, COMMS_OK);
  host.answer(400, R"({"title":"Bad Request"})");
  host.answer(200, R"({"uuid":"c1","status":"answered"})");
  EXPECT_EQ(end("c1").status, COMMS_REJECTED) << "it still goes on";
  EXPECT_EQ(end("").status, COMMS_INVALID);
}

TEST_F(VonageCalls, SteersACallWithTheApplicationItCameBy) {
  const std::string other = "11111111-0000-4000-8000-0123456789ab";
  Webhook news = signed_webhook(R"({"uuid":"c7","conversation_uuid":"CON-1","status":"ringing",)"
                                R"("from":"14155550101","to":"14155550100"})");
  std::string& token = news.headers[0].second;
  const comms::Host services(host.raw());
  token = "Bearer " +
          comms::Crypto(services).jwt(COMMS_JWT_HS256, kSecret,
                                      R"({"iat":1700000000,"application_id":")" + other + R"("})");
  EXPECT_EQ(parse(news).status, COMMS_OK);
  host.answer(204, "");
  EXPECT_EQ(end("c7").status, COMMS_OK);
  const std::string sent = host.requests[0].header("Authorization").substr(7);
  const auto claims = comms::Crypto(services).from_base64(
      sent.substr(sent.find('.') + 1, sent.rfind('.') - sent.find('.') - 1),
      COMMS_BASE64_URL | COMMS_BASE64_UNPADDED);
  ASSERT_TRUE(claims);
  EXPECT_THAT(*claims, HasSubstr(other));
}

}  // namespace
