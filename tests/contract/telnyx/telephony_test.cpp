#include <dlfcn.h>
#include <memory>
#include <string>

#include <comms/slot/telephony.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built telnyx.so in a host whose answers are scripted: what the suite with the mock, in
// telnyx.test.mjs, has no way to bring about.

namespace {

using comms::testing::OpResult;
using testing::HasSubstr;
using testing::Not;

const std::string kFrom = "+12125550100", kTo = "+12125550101";

const comms_plugin* load_telnyx() {
  static void* library = dlopen(TELNYX_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class TelnyxTest : public testing::Test {
 protected:
  TelnyxTest() { host.crypto = comms::testing::openssl_crypto(); }

  comms::testing::Plugin& start(const std::string& public_key, const std::string& more = "") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_telnyx(),
        R"({"api_key":"KEYmock0123456789","public_key":")" + public_key + '"' + more + '}');
    return *plugin;
  }
  const comms_telephony& slot() {
    if (!plugin) {
      start(std::string(43, 'A') + '=', R"(,"account_id":"acc","texml_application_id":"77")");
    }
    return *plugin->slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  }
  OpResult send() {
    comms_sms sms{};
    sms.size = sizeof sms;
    sms.from = comms::str(kFrom);
    sms.to = comms::str(kTo);
    sms.body = comms::str(std::string_view("hello"));
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.send_message(plugin->self, op, &sms); });
  }
  OpResult buy() {
    comms_number_query query{};
    query.size = sizeof query;
    query.number = comms::str(kTo);
    query.client_ref = comms::str(std::string_view("ref-1"));
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.buy_number(plugin->self, op, &query); });
  }
  OpResult find_call() {
    comms_find what{};
    what.size = sizeof what;
    what.from = comms::str(kFrom);
    what.to = comms::str(kTo);
    what.after_ms = 1686822995000;  // 2023-06-15 09:56:35
    what.before_ms = 1686823025000;
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.find_call(plugin->self, op, &what); });
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
};

TEST_F(TelnyxTest, RefusesAPublicKeyThatIsNone) {
  for (const char* key : {"AAAA", "not base64 at all", ""}) {
    EXPECT_EQ(start(key).status, COMMS_INVALID) << key;
    EXPECT_THAT(plugin->error.message, HasSubstr("public_key"));
  }
}

TEST_F(TelnyxTest, SendsWhatTheDocumentAsksFor) {
  host.answer(200, R"({"data":{"id":"m1","to":[{"status":"queued"}],"parts":2,)"
                   R"("cost":{"amount":"0.00405","currency":"USD"}}})");
  const OpResult result = send();
  EXPECT_EQ(result.vendor_id, "m1");
  EXPECT_EQ(result.message_status, "queued");
  EXPECT_EQ(result.cost_micros, 4050);
  EXPECT_EQ(result.field("segments"), "2");
  EXPECT_EQ(host.requests[0].url, "https://api.telnyx.com/v2/messages");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Bearer KEYmock0123456789");
  EXPECT_EQ(host.requests[0].body,
            R"({"from":"+12125550100","to":"+12125550101","text":"hello","type":"SMS"})");
}

TEST_F(TelnyxTest, NamesTheClassTheCodeAndTheRemedy) {
  const auto refusal = [](const std::string& code) {
    return R"({"errors":[{"code":")" + code +
           R"(","title":"Blocked","detail":"+12125550101 is blocked"}]})";
  };
  host.answer(400, refusal("40300"));
  OpResult result = send();
  EXPECT_EQ(result.status, COMMS_REJECTED);
  EXPECT_EQ(result.error.vendor_code, "40300");
  EXPECT_THAT(result.error.remedy, HasSubstr("START"));
  EXPECT_THAT(result.error.message, Not(HasSubstr("2125550101")));
  host.answer(403, refusal("20100"));
  EXPECT_EQ(send().status, COMMS_DENIED);
  host.answer(400, refusal("40318"));
  EXPECT_EQ(send().status, COMMS_RATE_LIMITED);
  host.answer(500, refusal("40300"));  // says nothing about what was done
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
  host.answer(404, refusal("10005"));
  EXPECT_EQ(send().status, COMMS_INVALID);
}

TEST_F(TelnyxTest, AnOrderThatCannotBeFollowedIsAmbiguous) {
  host.answer(200, R"({"data":{"id":"o1","status":"pending"}})");
  host.answer(502, "<html>");
  EXPECT_EQ(buy().status, COMMS_AMBIGUOUS);
  host.answer(200, R"({"data":{"id":"o1","status":"success","phone_numbers":[{"phone_number":")" +
                       kTo + R"("}]}})");
  host.answer(200, R"({"data":[]})");  // not among our numbers yet
  EXPECT_EQ(buy().status, COMMS_AMBIGUOUS);
  host.answer(200, R"({"data":{"id":"o1","status":"failure"}})");
  EXPECT_EQ(buy().status, COMMS_REJECTED);
  host.answer(200, R"({"data":{"id":"o1","status":"pending"}})");
  for (int i = 0; i < 12; ++i) host.answer(200, R"({"data":{"id":"o1","status":"pending"}})");
  EXPECT_EQ(buy().status, COMMS_AMBIGUOUS);
}

TEST_F(TelnyxTest, FindsTheOneCallOfThatTime) {
  const std::string call = R"({"sid":"v3:a","status":"completed","direction":"outbound",)"
                           R"("date_created":"Thu, 15 Jun 2023 09:56:45 +0000",)"
                           R"("duration":"12","price":"0.10","price_unit":"USD"})";
  host.answer(200, R"({"calls":[)" + call + "]}");
  const OpResult one = find_call();
  EXPECT_EQ(one.vendor_id, "v3:a");
  EXPECT_EQ(one.cost_micros, 100000);
  EXPECT_EQ(one.field("duration_ms"), "12000");
  EXPECT_EQ(one.field("match"), "content");
  host.answer(200, R"({"calls":[)" + call + ',' + call + "]}");
  EXPECT_EQ(find_call().status, COMMS_UNSUPPORTED);
  std::string older = call;
  older.replace(older.find("2023"), 4, "2022");
  host.answer(200, R"({"calls":[)" + older + "]}");
  EXPECT_EQ(find_call().status, COMMS_NOT_FOUND);
  // There may be more on the next page.
  host.answer(200, R"({"calls":[)" + older + R"(],"next_page_uri":"/v2/next"})");
  EXPECT_EQ(find_call().status, COMMS_UNSUPPORTED);
  host.answer(200, "<html>");
  EXPECT_NE(find_call().status, COMMS_NOT_FOUND);
}

TEST_F(TelnyxTest, TellsWhatTheCallerSaid) {
  const std::string body = "CallSid=v3%3Ax&From=%2B12125550100&SpeechResult=sales+please";
  comms_http_in in{};
  in.size = sizeof in;
  in.method = comms::str(std::string_view("POST"));
  in.url = comms::str(std::string_view("https://comms.example.test/w?ref=r1"));
  in.body = comms::bytes(body);
  OpResult seen;
  const comms_emit emit = comms::testing::FakeHost::emit(seen);
  ASSERT_EQ(slot().parse_webhook(plugin->self, &in, &emit), COMMS_OK);
  ASSERT_EQ(seen.events.size(), 1u);
  EXPECT_EQ(seen.events[0].kind, COMMS_EVENT_SPEECH);
  EXPECT_EQ(seen.events[0].text.at("text"), "sales please");
  EXPECT_EQ(seen.events[0].text.at("client_ref"), "r1");
}

TEST_F(TelnyxTest, ShowsItsKeyToNobodyElse) {
  const auto fetch = [&](const std::string& url) {
    const comms_telephony& table = slot();
    return host.run(
        [&](comms_op* op) { return table.fetch_media(plugin->self, op, comms::str(url)); });
  };
  host.answer(200, "bytes");
  fetch("https://s3.amazonaws.com/recording.mp3?signed=1");
  ASSERT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(host.requests[0].header("Authorization"), "");
  host.answer(200, "bytes");
  fetch("https://api.telnyx.com.example.test/v2/media/1");
  EXPECT_EQ(host.requests[1].header("Authorization"), "");
  EXPECT_EQ(fetch("http://s3.amazonaws.com/recording.mp3").status, COMMS_INVALID);
}

}  // namespace
