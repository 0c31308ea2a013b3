#include "fixture.h"

namespace {

using testing::HasSubstr;

class CallsTest : public TwilioTest {
 protected:
  static comms_call call() {
    comms_call c{};
    c.size = sizeof c;
    c.from = comms::str(kFrom);
    c.to = comms::str(kTo);
    c.answer_url = comms::str("https://comms.example.test/voice/answer");
    return c;
  }
  OpResult make(const comms_call& c) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.make_call(plugin->self, op, &c); });
  }
  OpResult transfer(const comms_transfer& t) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.transfer_call(plugin->self, op, &t); });
  }
  OpResult end(std::string_view id) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.end_call(plugin->self, op, comms::str(id)); });
  }
  OpResult find(const comms_find& what) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.find_call(plugin->self, op, &what); });
  }
  OpResult fetch(const std::string& url) {
    const comms_telephony& slot = telephony();
    return host.run(
        [&](comms_op* op) { return slot.fetch_media(plugin->self, op, comms::str(url)); });
  }
  OpResult probe() {
    comms::testing::Plugin& made = instance();
    return host.run([&](comms_op* op) { return made.plugin->probe(made.self, op); });
  }
};

TEST_F(CallsTest, Calls) {
  host.answer(201, R"({"sid":"CA1","status":"queued"})");
  EXPECT_EQ(make(call()).vendor_id, "CA1");
  EXPECT_EQ(host.requests[0].url, kRoot + "/Calls.json");
  EXPECT_EQ(sent().get("Url"), "https://comms.example.test/voice/answer");
  EXPECT_EQ(sent().get("Method"), "POST");
  EXPECT_EQ(sent().fields().size(), 4u);
}

TEST_F(CallsTest, CallsWithEverything) {
  host.answer(201, R"({"sid":"CA1","status":"queued"})");
  comms_call c = call();
  c.status_url = comms::str("https://comms.example.test/voice/status?ref=att_1");
  c.flags = COMMS_CALL_DETECT_MACHINE | COMMS_CALL_RECORD;
  c.ring_timeout_ms = 20500;
  c.max_duration_ms = 4000000000u;
  const OpResult result = make(c);
  EXPECT_EQ(result.message_status, "queued");
  const comms::Form form = sent();
  EXPECT_THAT(host.requests[0].body,
              HasSubstr("StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&"
                        "StatusCallbackEvent=answered&StatusCallbackEvent=completed"));
  EXPECT_EQ(form.get("StatusCallback"), comms::view(c.status_url));
  EXPECT_EQ(form.get("MachineDetection"), "Enable");
  EXPECT_EQ(form.get("Record"), "true");
  EXPECT_EQ(form.get("Timeout"), "21");
  EXPECT_EQ(form.get("TimeLimit"), "86400");
}

TEST_F(CallsTest, DoesNotKnowAboutALostCall) {
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(make(call()).status, COMMS_AMBIGUOUS);
  host.answer(500, "");
  EXPECT_EQ(make(call()).status, COMMS_AMBIGUOUS);
  host.answer(400, R"({"code":21215,"message":"geo"})");
  EXPECT_THAT(make(call()).error.remedy, HasSubstr("Geographic permissions"));
}

TEST_F(CallsTest, TransfersToANumber) {
  host.answer(200, R"({"sid":"CA1"})");
  comms_transfer t{};
  t.size = sizeof t;
  t.call_id = comms::str("CA1");
  t.to = comms::str(kTo);
  t.from = comms::str(kFrom);
  t.announce = comms::str("One moment & hold on");
  t.status_url = comms::str("https://a.test/s?a=1&b=2");
  EXPECT_EQ(transfer(t).status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot + "/Calls/CA1.json");
  EXPECT_EQ(sent().get("Twiml"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>One moment &amp; hold on"
            "</Say><Dial callerId=\"+14155550100\"><Number "
            "statusCallback=\"https://a.test/s?a=1&amp;b=2\" statusCallbackMethod=\"POST\" "
            "statusCallbackEvent=\"initiated ringing answered completed\">+14155550101</Number>"
            "</Dial></Response>");
}

TEST_F(CallsTest, AsksWhatTheDialledOneHearsBeforeTheyAreJoined) {
  EXPECT_NE(telephony().features & COMMS_TELEPHONY_ASKS_CALLEE_URL, 0u);
  host.answer(200, R"({"sid":"CA1"})");
  comms_transfer t{};
  t.size = sizeof t;
  t.call_id = comms::str("CA1");
  t.to = comms::str(kTo);
  t.callee_url = comms::str("https://a.test/callee?ref=1&x=2");
  EXPECT_EQ(transfer(t).status, COMMS_OK);
  EXPECT_THAT(sent().get("Twiml"),
              HasSubstr("<Dial><Number url=\"https://a.test/callee?ref=1&amp;x=2\" "
                        "method=\"POST\">+14155550101</Number></Dial>"));
}

TEST_F(CallsTest, TransfersToNewInstructions) {
  comms_transfer t{};
  t.size = sizeof t;
  t.call_id = comms::str("CA1");
  EXPECT_EQ(transfer(t).status, COMMS_INVALID);
  t.answer_url = comms::str("https://a.test/next");
  host.answer(400, R"({"code":21220,"message":"Call is not in-progress. Cannot redirect."})");
  EXPECT_EQ(transfer(t).status, COMMS_NOT_FOUND);
  EXPECT_EQ(sent().get("Url"), "https://a.test/next");
}

TEST_F(CallsTest, EndsCallsAlsoThoseThatAreOver) {
  host.answer(200, R"({"sid":"CA1","status":"completed"})");
  host.answer(404, R"({"code":20404,"message":"not found"})");
  host.answer(400, R"({"code":21220,"message":"Call is not in-progress"})");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(end("CA1").status, COMMS_OK);
  EXPECT_EQ(host.requests[0].body, "Status=completed");
  EXPECT_NE(host.requests[0].flags & COMMS_HTTP_IDEMPOTENT, 0u);
  host.answer(401, R"({"code":20003,"message":"Authenticate"})");
  EXPECT_EQ(end("CA1").status, COMMS_UNAUTHENTICATED);
  EXPECT_EQ(end("").status, COMMS_INVALID);
  host.answer(200, "{}");
  end("../IncomingPhoneNumbers/PN1");
  EXPECT_EQ(host.requests.back().url, kRoot + "/Calls/..%2FIncomingPhoneNumbers%2FPN1.json");
}

TEST_F(CallsTest, FindsACallByIdWithPriceAndDuration) {
  host.answer(200, R"({"sid":"CA1","status":"completed","duration":"42","price":"-0.01300",)"
                   R"("price_unit":"usd"})");
  comms_find what{};
  what.size = sizeof what;
  what.vendor_id = comms::str("CA1");
  const OpResult result = find(what);
  EXPECT_EQ(host.requests[0].url, kRoot + "/Calls/CA1.json");
  EXPECT_EQ(result.message_status, "completed");
  EXPECT_EQ(result.cost_micros, 13000);
  EXPECT_EQ(result.currency, "USD");
  EXPECT_EQ(result.field("duration_ms"), "42000");
  host.answer(404, R"({"code":20404,"message":"not found"})");
  EXPECT_EQ(find(what).status, COMMS_NOT_FOUND);
}

TEST_F(CallsTest, FindsTheOneCallOfThatTime) {
  const auto listed = [](const char* sid, const char* at, const char* direction) {
    return std::string(R"({"sid":")") + sid + R"(","status":"ringing","date_created":")" + at +
           R"(","direction":")" + direction + R"(","duration":null,"price":null})";
  };
  comms_find what{};
  what.size = sizeof what;
  what.from = comms::str(kFrom);
  what.to = comms::str(kTo);
  what.after_ms = 1795348800000;  // Sun, 22 Nov 2026 12:00:00
  what.before_ms = what.after_ms + 60000;
  const std::string ours = listed("CA2", "Sun, 22 Nov 2026 12:00:10 +0000", "outbound-api");
  const std::string old = listed("CA1", "Sun, 22 Nov 2026 11:50:00 +0000", "outbound-api");
  const std::string leg = listed("CA3", "Sun, 22 Nov 2026 12:00:10 +0000", "outbound-dial");
  host.answer(200, R"({"calls":[)" + leg + ',' + ours + ',' + old + "]}");
  const OpResult found = find(what);
  EXPECT_EQ(found.vendor_id, "CA2");
  EXPECT_EQ(found.message_status, "ringing");
  EXPECT_EQ(found.cost_micros, COMMS_COST_UNKNOWN);
  EXPECT_THAT(host.requests[0].url, HasSubstr("/Calls.json?To=%2B14155550101&From=%2B14155550100"));
  host.answer(200, R"({"calls":[)" + old + "]}");
  EXPECT_EQ(find(what).status, COMMS_NOT_FOUND);
  host.answer(200, R"({"calls":[)" + ours + ',' + ours + "]}");
  EXPECT_EQ(find(what).status, COMMS_UNSUPPORTED);
  what.from = {};
  EXPECT_EQ(find(what).status, COMMS_UNSUPPORTED);
}

TEST_F(CallsTest, FetchesMediaFromTwilioOnly) {
  const std::string url = kRoot + "/Messages/MM1/Media/ME1";
  host.answer(200, "picture", {{"Content-Type", "image/png"}, {"Content-Length", "7"}});
  const OpResult result = fetch(url);
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.data, "picture");
  EXPECT_EQ(result.field("content_type"), "image/png");
  EXPECT_NE(host.requests[0].flags & COMMS_HTTP_FOLLOW, 0u);
  EXPECT_THAT(host.requests[0].header("Authorization"), HasSubstr("Basic "));
  for (const char* stranger : {"https://evil.test/x", "https://api.twilio.com.evil.test/x",
                               "https://api.twilio.com@evil/x", "http://api.twilio.com/x",
                               "https://api.twilio.com", "", "file:///etc/passwd"}) {
    EXPECT_EQ(fetch(stranger).status, COMMS_INVALID) << stranger;
  }
  EXPECT_EQ(host.requests.size(), 1u);
}

TEST_F(CallsTest, ProbesTheAccount) {
  host.answer(200, R"({"status":"active"})");
  EXPECT_EQ(probe().status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot + ".json");
  host.answer(200, R"({"status":"suspended"})");
  EXPECT_EQ(probe().status, COMMS_DENIED);
  host.answer(401, R"({"code":20003,"message":"Authenticate"})");
  EXPECT_EQ(probe().status, COMMS_UNAUTHENTICATED);
}

TEST_F(CallsTest, ProbesTheKeyToo) {
  start(R"(,"api_key_sid":"SK1","api_key_secret":"s")");
  host.answer(200, R"({"status":"active"})");
  host.answer(401, R"({"code":20003,"message":"Authenticate"})");
  EXPECT_EQ(probe().status, COMMS_UNAUTHENTICATED);
  ASSERT_EQ(host.requests.size(), 2u);
  EXPECT_NE(host.requests[0].header("Authorization"), host.requests[1].header("Authorization"));
}

TEST_F(CallsTest, RefusesHalfAKeyAndNoToken) {
  for (const char* more : {R"(,"api_key_sid":"SK1")", R"(,"api_key_secret":"s")"}) {
    EXPECT_EQ(start(more).status, COMMS_INVALID);
    EXPECT_THAT(plugin->error.message, HasSubstr("api_key_sid"));
  }
  plugin =
      std::make_unique<comms::testing::Plugin>(host, load_twilio(), R"({"account_sid":"AC1"})");
  EXPECT_EQ(plugin->status, COMMS_INVALID);
  EXPECT_THAT(plugin->error.message, HasSubstr("auth_token"));
}

}  // namespace
