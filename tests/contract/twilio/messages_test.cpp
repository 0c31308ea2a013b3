#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kSid = "SM" + std::string(32, 'a');
constexpr std::int64_t kNoon = 1795348800000;  // 2026-11-22 12:00:00 UTC

std::string message(const std::string& sid, const std::string& body, const std::string& created,
                    const std::string& direction = "outbound-api") {
  return R"({"sid":")" + sid + R"(","status":"delivered","body":")" + body +
         R"(","date_created":")" + created + R"(","direction":")" + direction +
         R"(","price":"-0.00750","price_unit":"usd","error_code":null,"num_segments":"1"})";
}

std::string page(const std::string& messages, const std::string& next = "null") {
  return R"({"messages":[)" + messages + R"(],"next_page_uri":)" + next + '}';
}

class MessagesTest : public TwilioTest {
 protected:
  OpResult find(const comms_find& what) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.find_message(plugin->self, op, &what); });
  }
  static comms_find by_content(std::string_view text) {
    comms_find what{};
    what.size = sizeof what;
    what.from = comms::str(kFrom);
    what.to = comms::str(kTo);
    what.text = comms::str(text);
    what.after_ms = kNoon - 60'000;
    what.before_ms = kNoon + 60'000;
    return what;
  }
};

TEST_F(MessagesTest, SendsATextAsAForm) {
  host.answer(201,
              R"({"sid":")" + kSid + R"(","status":"accepted","price":null,"num_segments":"2"})");
  comms_sms text = sms("50% off + more & more 😀");
  text.status_url = comms::str("https://comms.example.test/webhooks/agent_1/sms?ref=att_1");
  const OpResult result = send(text);

  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.vendor_id, kSid);
  EXPECT_EQ(result.message_status, "queued");
  EXPECT_EQ(result.cost_micros, COMMS_COST_UNKNOWN);
  EXPECT_EQ(result.field("segments"), "2");
  const auto& request = host.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kRoot + "/Messages.json");
  EXPECT_EQ(request.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.header("Authorization"),
            "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjptb2NrMGF1dGgwdG9rZW4wbW9jazBhdXRo"
            "MHRva2VuMA==");
  EXPECT_EQ(request.flags & COMMS_HTTP_IDEMPOTENT, 0u);
  EXPECT_THAT(request.body, HasSubstr("To=%2B14155550101&From=%2B14155550100"));
  EXPECT_EQ(sent().get("Body"), "50% off + more & more 😀");
  EXPECT_EQ(sent().get("StatusCallback"), comms::view(text.status_url));
  EXPECT_EQ(sent().fields().size(), 4u);
}

TEST_F(MessagesTest, SendsMediaAndTheServiceAndUsesTheKey) {
  start(
      R"(,"messaging_service_sid":"MG0123456789abcdef0123456789abcdef","api_key_sid":"SK1","api_key_secret":"s","base_url":"http://127.0.0.1:24101/")");
  host.answer(201, R"({"sid":"MM1","status":"queued"})");
  const comms_str media[] = {comms::str("https://a.test/1.png"),
                             comms::str("https://a.test/2.png")};
  comms_sms picture = sms("");
  picture.media = media;
  picture.media_count = 2;
  EXPECT_EQ(send(picture).vendor_id, "MM1");
  EXPECT_EQ(host.requests[0].url,
            "http://127.0.0.1:24101/2010-04-01/Accounts/" + kAccount + "/Messages.json");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Basic U0sxOnM=");
  EXPECT_THAT(host.requests[0].body, HasSubstr("MediaUrl=https%3A%2F%2Fa.test%2F1.png&MediaUrl="));
  EXPECT_EQ(sent().get("MessagingServiceSid"), "MG0123456789abcdef0123456789abcdef");
  EXPECT_FALSE(sent().has("Body"));
}

TEST_F(MessagesTest, RefusesElevenFilesBeforeAnythingIsSent) {
  const std::vector<comms_str> media(11, comms::str("https://a.test/1.png"));
  comms_sms picture = sms("x");
  picture.media = media.data();
  picture.media_count = media.size();
  EXPECT_EQ(send(picture).status, COMMS_INVALID);
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(MessagesTest, FindsByIdWithPriceAndState) {
  host.answer(200, message(kSid, "hi", "Sun, 22 Nov 2026 12:00:00 +0000"));
  comms_find what{};
  what.size = sizeof what;
  what.vendor_id = comms::str(kSid);
  const OpResult result = find(what);
  EXPECT_EQ(result.vendor_id, kSid);
  EXPECT_EQ(result.message_status, "delivered");
  EXPECT_EQ(result.cost_micros, 7500);
  EXPECT_EQ(result.currency, "USD");
  EXPECT_EQ(result.field("match"), "vendor_id");
  EXPECT_EQ(host.requests[0].url, kRoot + "/Messages/" + kSid + ".json");
}

TEST_F(MessagesTest, ReadsPricesExactly) {
  const std::pair<const char*, std::int64_t> prices[] = {
      {R"("-0.00750")", 7500},
      {R"("0.00750")", 7500},
      {R"("-1")", 1000000},
      {R"("-12.3456789")", 12345678},
      {"null", COMMS_COST_UNKNOWN},
      {R"("")", COMMS_COST_UNKNOWN},
      {R"("-")", COMMS_COST_UNKNOWN},
      {R"("1e3")", COMMS_COST_UNKNOWN},
      {R"("99999999999999999999")", COMMS_COST_UNKNOWN}};
  for (const auto& [price, micros] : prices) {
    host.answer(201, std::string(R"({"sid":"SM1","status":"sent","price_unit":"USD","price":)") +
                         price + '}');
    EXPECT_EQ(send(sms("x")).cost_micros, micros) << price;
  }
}

TEST_F(MessagesTest, FindsTheOneMessageOfThatTimeAndText) {
  host.answer(200, page(message("SM3", "other", "Sun, 22 Nov 2026 12:00:10 +0000") + ',' +
                        message("SM9", "hi", "Sun, 22 Nov 2026 12:00:10 +0000", "inbound") + ',' +
                        message("SM2", "hi", "Sun, 22 Nov 2026 12:00:00 +0000") + ',' +
                        message("SM1", "hi", "Sun, 22 Nov 2026 11:50:00 +0000")));
  const OpResult result = find(by_content("hi"));
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.vendor_id, "SM2");
  EXPECT_EQ(result.field("match"), "content");
  EXPECT_EQ(host.requests[0].url, kRoot +
                                      "/Messages.json?To=%2B14155550101&From=%2B14155550100"
                                      "&PageSize=100");
}

TEST_F(MessagesTest, FindsBehindTheTrialAccountsPrefix) {
  host.answer(200, page(message("SM2", "Sent from your Twilio trial account - hi",
                                "Sun, 22 Nov 2026 12:00:00 +0000")));
  EXPECT_EQ(find(by_content("hi")).vendor_id, "SM2");
}

TEST_F(MessagesTest, DoesNotGuessBetweenTwo) {
  host.answer(200, page(message("SM3", "hi", "Sun, 22 Nov 2026 12:00:10 +0000") + ',' +
                        message("SM2", "hi", "Sun, 22 Nov 2026 12:00:00 +0000")));
  const OpResult result = find(by_content("hi"));
  EXPECT_EQ(result.status, COMMS_UNSUPPORTED);
  EXPECT_EQ(result.vendor_id, "");
}

TEST_F(MessagesTest, SaysNotFoundOnlyAfterTheWholeWindow) {
  const std::string other = message("SM3", "other", "Sun, 22 Nov 2026 12:00:10 +0000");
  host.answer(200, page(other, R"("/2010-04-01/next?Page=1")"));
  host.answer(200, page(message("SM1", "hi", "Sun, 22 Nov 2026 10:00:00 +0000"), R"("/more")"));
  EXPECT_EQ(find(by_content("hi")).status, COMMS_NOT_FOUND);
  ASSERT_EQ(host.requests.size(), 2u);
  EXPECT_EQ(host.requests[1].url, "https://api.twilio.com/2010-04-01/next?Page=1");

  for (int i = 0; i < 12; ++i) host.answer(200, page(other, R"("/2010-04-01/next")"));
  EXPECT_EQ(find(by_content("hi")).status, COMMS_UNSUPPORTED) << "more pages than it looks through";
  host.answers.clear();
  host.answer(200, "<html>not JSON</html>");
  EXPECT_NE(find(by_content("hi")).status, COMMS_NOT_FOUND);
  host.answer(404, R"({"code":20404,"message":"no such account","status":404})");
  EXPECT_NE(find(by_content("hi")).status, COMMS_NOT_FOUND) << "that account, not that message";
}

TEST_F(MessagesTest, CannotTellWhereAServiceRewritesCharacters) {
  start(R"(,"messaging_service_sid":"MG0123456789abcdef0123456789abcdef")");
  host.answer(200, page(message("SM3", "it's", "Sun, 22 Nov 2026 12:00:10 +0000")));
  EXPECT_EQ(find(by_content("it’s")).status, COMMS_UNSUPPORTED);
  host.answer(200, page(message("SM3", "other", "Sun, 22 Nov 2026 12:00:10 +0000")));
  EXPECT_EQ(find(by_content("plain")).status, COMMS_NOT_FOUND);
}

TEST_F(MessagesTest, DoesNotSearchTheWholeAccount) {
  comms_find what = by_content("hi");
  what.to = {};
  EXPECT_EQ(find(what).status, COMMS_UNSUPPORTED);
  EXPECT_TRUE(host.requests.empty());
}

struct ErrorCase {
  int http;
  const char* body;
  comms_status status;
  const char* code;
  const char* remedy;  // a word of it
};

TEST_F(MessagesTest, ClassifiesEveryFailure) {
  const ErrorCase cases[] = {
      {400, R"({"code":21610,"message":"Attempt to send to unsubscribed recipient"})",
       COMMS_REJECTED, "21610", "START"},
      {400, R"({"code":21211,"message":"Invalid 'To' Phone Number"})", COMMS_REJECTED, "21211",
       "country code"},
      {400, R"({"code":21614,"message":"not a mobile number"})", COMMS_REJECTED, "21614", "mobile"},
      {400, R"({"code":63016,"message":"outside the allowed window"})", COMMS_REJECTED, "63016",
       "template"},
      {400, R"({"code":99999,"message":"new"})", COMMS_REJECTED, "99999", ""},
      {401, R"({"code":20003,"message":"Authenticate"})", COMMS_UNAUTHENTICATED, "20003",
       "auth_token"},
      {403, R"({"code":20003,"message":"Permission Denied"})", COMMS_UNAUTHENTICATED, "20003",
       "auth_token"},
      {403, R"({"code":20005,"message":"Account not active"})", COMMS_DENIED, "20005", "Console"},
      {404, R"({"code":20404,"message":"not found"})", COMMS_INVALID, "20404", "account_sid"},
      {429, R"({"code":20429,"message":"Too Many Requests"})", COMMS_RATE_LIMITED, "20429",
       "concurrency"},
      {400, R"({"code":21611,"message":"queue"})", COMMS_RATE_LIMITED, "21611", "slowly"},
      {500, R"({"code":20500,"message":"Internal Server Error"})", COMMS_AMBIGUOUS, "20500", ""},
      {502, "<html>bad gateway</html>", COMMS_AMBIGUOUS, "", ""},
      {504, "", COMMS_AMBIGUOUS, "", ""},
      {201, R"({"unexpected":true})", COMMS_AMBIGUOUS, "", ""},
      {200, "not JSON", COMMS_AMBIGUOUS, "", ""}};
  for (const ErrorCase& c : cases) {
    host.answer(c.http, c.body);
    const OpResult result = send(sms("x"));
    EXPECT_EQ(result.status, c.status) << c.http << c.body;
    EXPECT_EQ(result.error.status, c.status) << c.http << c.body;
    EXPECT_EQ(result.error.vendor_code, c.code) << c.http << c.body;
    EXPECT_THAT(result.error.remedy, HasSubstr(c.remedy)) << c.http << c.body;
  }
}

TEST_F(MessagesTest, PassesOnHowLongToWait) {
  host.answer(429, R"({"code":20429,"message":"Too Many Requests"})", {{"Retry-After", "3"}});
  EXPECT_EQ(send(sms("x")).error.retry_after_ms, 3000u);
}

TEST_F(MessagesTest, KnowsWhatALostConnectionMeans) {
  for (const auto& [transport, status] : {std::pair(COMMS_AMBIGUOUS, COMMS_AMBIGUOUS),
                                          {COMMS_UNAVAILABLE, COMMS_UNAVAILABLE},
                                          {COMMS_TIMEOUT, COMMS_TIMEOUT},
                                          {COMMS_DENIED, COMMS_DENIED}}) {
    host.break_connection(transport);
    EXPECT_EQ(send(sms("x")).status, status);
  }
}

TEST_F(MessagesTest, RepeatsNothingPersonalInErrors) {
  host.answer(
      400,
      R"({"code":21606,"message":"From +1 (415) 555-0100 or whatsapp:+14155550100 is bad, see https://x.test/a?b=c, ana@example.test or HTTP 400, error 21606"})");
  const OpResult result = send(sms("x"));
  EXPECT_THAT(result.error.message, Not(HasSubstr("555")));
  EXPECT_THAT(result.error.message, Not(HasSubstr("x.test")));
  EXPECT_THAT(result.error.message, Not(HasSubstr("example.test")));
  EXPECT_THAT(result.error.message,
              HasSubstr("From [number] or whatsapp:[number] is bad, see [url], [address] or HTTP "
                        "400, error 21606"));
}

}  // namespace
