#include <dlfcn.h>
#include <memory>
#include <string>

#include <comms/slot/telephony.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built plivo.so in a host whose answers are scripted: what the suite with the mock, in
// plivo.test.mjs, has no way to bring about.

namespace {

using comms::testing::OpResult;
using testing::HasSubstr;
using testing::Not;

const std::string kFrom = "+12125550100", kTo = "+12125550101",
                  kToken = "token0of0the0mock0account";
const std::string kRoot = "https://api.plivo.com/v1/Account/MAMOCK0123456789ABCD/";

const comms_plugin* load_plivo() {
  static void* library = dlopen(PLIVO_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class PlivoTest : public testing::Test {
 protected:
  PlivoTest() { host.crypto = comms::testing::openssl_crypto(); }

  comms::testing::Plugin& start(const std::string& more = "") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_plivo(),
        R"({"auth_id":"MAMOCK0123456789ABCD","auth_token":")" + kToken + '"' + more + '}');
    return *plugin;
  }
  const comms_telephony& slot() {
    if (!plugin) start();
    return *plugin->slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  }
  OpResult send(std::string_view to = kTo) {
    comms_sms sms{};
    sms.size = sizeof sms;
    sms.from = comms::str(kFrom);
    sms.to = comms::str(to);
    sms.body = comms::str(std::string_view("hello"));
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.send_message(plugin->self, op, &sms); });
  }
  OpResult buy(std::string_view number, std::uint32_t flags = 0) {
    comms_number_query query{};
    query.size = sizeof query;
    query.country = comms::str(std::string_view("US"));
    query.number = comms::str(number);
    query.flags = flags;
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.buy_number(plugin->self, op, &query); });
  }
  OpResult find_call(std::string_view id) {
    comms_find what{};
    what.size = sizeof what;
    what.vendor_id = comms::str(id);
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.find_call(plugin->self, op, &what); });
  }
  OpResult end_call(std::string_view id) {
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) { return table.end_call(plugin->self, op, comms::str(id)); });
  }
  OpResult configure(std::string_view message_url, std::string_view voice_url) {
    comms_number_config config{};
    config.size = sizeof config;
    config.number = comms::str(kTo);
    config.message_url = comms::str(message_url);
    config.voice_url = comms::str(voice_url);
    const comms_telephony& table = slot();
    return host.run(
        [&](comms_op* op) { return table.configure_number(plugin->self, op, &config); });
  }
  OpResult release() {
    const comms_telephony& table = slot();
    return host.run([&](comms_op* op) {
      return table.release_number(plugin->self, op, comms::str(std::string_view("12125550101")));
    });
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
};

TEST_F(PlivoTest, SendsWhatTheReferenceAsksFor) {
  host.answer(202, R"({"message":"message(s) queued","message_uuid":["m1"],"api_id":"a"})");
  const OpResult result = send();
  EXPECT_EQ(result.vendor_id, "m1");
  EXPECT_EQ(result.message_status, "queued");
  EXPECT_EQ(host.requests[0].url, kRoot + "Message/");
  EXPECT_THAT(host.requests[0].header("Authorization"), HasSubstr("Basic "));
  EXPECT_EQ(host.requests[0].body,
            R"({"src":"12125550100","dst":"12125550101","text":"hello","type":"sms"})");
}

TEST_F(PlivoTest, NamesTheClassAndTheRemedy) {
  const auto refusal = [](const std::string& words) {
    return R"({"api_id":"a","error":")" + words + "\"}";
  };
  host.answer(400, refusal("12125550101 is not a valid number"));
  const OpResult rejected = send();
  EXPECT_EQ(rejected.status, COMMS_REJECTED);
  EXPECT_THAT(rejected.error.message, HasSubstr("is not a valid number"));
  EXPECT_THAT(rejected.error.message, Not(HasSubstr("2125550101")));
  host.answer(401, "Could not verify your access level for that URL.");
  const OpResult stranger = send();
  EXPECT_EQ(stranger.status, COMMS_UNAUTHENTICATED);
  EXPECT_THAT(stranger.error.remedy, HasSubstr("auth_token"));
  host.answer(402, refusal("insufficient credit"));
  const OpResult broke = send();
  EXPECT_EQ(broke.status, COMMS_DENIED);
  EXPECT_THAT(broke.error.remedy, HasSubstr("add credit"));
  host.answer(404, "{}");
  EXPECT_EQ(send().status, COMMS_INVALID);
  host.answer(400, R"({"error":{"dst":["wrong"]}})");
  EXPECT_EQ(send().status, COMMS_REJECTED);
  host.answer(400, refusal(std::string(5000, 'x')));
  EXPECT_LT(send().error.message.size(), 200u);
  host.answer(500, refusal("server error"));
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
}

TEST_F(PlivoTest, ASuccessWithoutAnIdIsAmbiguous) {
  for (const char* body : {R"({"message_uuid":[]})", R"({"message_uuid":"m1"})", "[]", ""}) {
    host.answer(202, body);
    EXPECT_EQ(send().status, COMMS_AMBIGUOUS) << body;
  }
  EXPECT_EQ(send("").status, COMMS_INVALID);
}

TEST_F(PlivoTest, BuysTheNumberThatWasAskedFor) {
  host.answer(201, R"({"status":"fulfilled","numbers":[{"number":"12125550101"}]})");
  const OpResult bought = buy(kTo);
  EXPECT_EQ(bought.field("number"), kTo);
  EXPECT_EQ(bought.field("id"), "12125550101");
  EXPECT_EQ(host.requests[0].url, kRoot + "PhoneNumber/12125550101/");
  EXPECT_EQ(host.requests[0].body, "{}");
  host.answer(201, R"({"status":"fulfilled","numbers":[{"number":"13125550101"}]})");
  EXPECT_EQ(buy(kTo).status, COMMS_AMBIGUOUS);
  host.answer(201, R"({"status":"pending"})");
  EXPECT_EQ(buy(kTo).status, COMMS_AMBIGUOUS);
  host.answer(404, "{}");
  EXPECT_EQ(buy(kTo).status, COMMS_REJECTED);
  // Nothing was said that could mean there are none.
  host.answer(200, R"({"objects":null})");
  EXPECT_NE(buy("", COMMS_NUMBER_SEARCH_ONLY).status, COMMS_NOT_FOUND);
  host.answer(200, R"({"objects":[{"number":"12125550109","monthly_rental_rate":"0.80000"}]})");
  EXPECT_EQ(buy(kTo, COMMS_NUMBER_SEARCH_ONLY).status, COMMS_NOT_FOUND);
}

TEST_F(PlivoTest, LooksForACallWhereverItMayBe) {
  for (int i = 0; i < 2; ++i) host.answer(404, "{}");
  host.answer(200, R"({"request_uuid":"c1","call_status":"queued"})");
  const OpResult waiting = find_call("c1");
  EXPECT_EQ(waiting.vendor_id, "c1");
  EXPECT_EQ(waiting.message_status, "queued");
  ASSERT_EQ(host.requests.size(), 3u);
  EXPECT_EQ(host.requests[0].url, kRoot + "Call/c1/");
  EXPECT_EQ(host.requests[1].url, kRoot + "Call/c1/?status=live");
  EXPECT_EQ(host.requests[2].url, kRoot + "Call/c1/?status=queued");
  host.answer(502, "<html>");
  EXPECT_NE(find_call("c1").status, COMMS_NOT_FOUND);
  host.answer(200, "<html>");
  EXPECT_NE(find_call("c1").status, COMMS_OK);
}

TEST_F(PlivoTest, EndsWhatIsThereToBeEnded) {
  host.answer(404, "{}");
  host.answer(204, "");
  EXPECT_EQ(end_call("c/1").status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kRoot + "Call/c%2F1/");
  EXPECT_EQ(host.requests[1].url, kRoot + "Request/c%2F1/");
  host.answer(401, "no");
  EXPECT_EQ(end_call("c1").status, COMMS_UNAUTHENTICATED);
  host.answer(404, "{}");
  host.answer(429, "{}");
  EXPECT_EQ(end_call("c1").status, COMMS_RATE_LIMITED);
  EXPECT_EQ(end_call("").status, COMMS_INVALID);
}

TEST_F(PlivoTest, RoutesMessagesOfANumberWithoutCalls) {
  host.answer(200, R"({"objects":[]})");
  host.answer(201, R"({"app_id":"77"})");
  host.answer(202, R"({"message":"changed"})");
  EXPECT_EQ(configure("https://comms.example.test/sms", "").status, COMMS_OK);
  ASSERT_EQ(host.requests.size(), 3u);
  // Plivo makes no application without this address.
  EXPECT_THAT(host.requests[1].body, HasSubstr(R"("answer_url":"https://comms.example.test/sms")"));
  EXPECT_EQ(host.requests[2].body, R"({"app_id":"77"})");
  host.answer(200, R"({"objects":[{"app_name":"commsd-12125550101","app_id":"77"}]})");
  host.answer(202, R"({"message":"changed"})");
  host.answer(202, R"({"message":"changed"})");
  EXPECT_EQ(configure("https://comms.example.test/sms", "").status, COMMS_OK);
  EXPECT_EQ(host.requests[4].url, kRoot + "Application/77/");
  EXPECT_THAT(host.requests[4].body, Not(HasSubstr("answer_url")));
  EXPECT_EQ(configure("", "").status, COMMS_OK);
  // A list that could not be read is no reason to make another application.
  host.answer(200, "<html>");
  EXPECT_NE(configure("https://comms.example.test/sms", "").status, COMMS_OK);
  EXPECT_EQ(host.requests.size(), 7u);
}

TEST_F(PlivoTest, RemovesOnlyTheApplicationOfTheNumber) {
  host.answer(204, "");
  host.answer(200, R"({"objects":[{"app_name":"commsd-121255501012","app_id":"78"}]})");
  EXPECT_EQ(release().status, COMMS_OK);
  EXPECT_EQ(host.requests.size(), 2u);
  host.answer(404, "{}");
  host.answer(200, R"({"objects":[{"app_name":"commsd-12125550101","app_id":"77"}]})");
  host.answer(204, "");
  EXPECT_EQ(release().status, COMMS_OK);
  EXPECT_EQ(host.requests[4].url, kRoot + "Application/77/");
  EXPECT_EQ(host.requests[4].method, "DELETE");
}

TEST_F(PlivoTest, ShowsItsTokenToNobodyElse) {
  const auto fetch = [&](const std::string& url) {
    const comms_telephony& table = slot();
    return host.run(
        [&](comms_op* op) { return table.fetch_media(plugin->self, op, comms::str(url)); });
  };
  const auto shown = [&](const std::string& url) {
    host.answer(200, "bytes");
    fetch(url);
    return !host.requests.back().header("Authorization").empty();
  };
  EXPECT_TRUE(shown("https://media.plivo.com/v1/Account/MA/Recording/r.mp3"));
  EXPECT_TRUE(shown("https://api.plivo.com/v1/Account/MA/Message/m/Media/n/"));
  EXPECT_FALSE(shown("https://s3.amazonaws.com/recordings/r.mp3?signed=1"));
  EXPECT_FALSE(shown("https://media.plivo.com.example.test/r.mp3"));
  EXPECT_FALSE(shown("https://media.plivo.com@example.test/r.mp3"));
  EXPECT_FALSE(shown("https://example.test/.plivo.com"));
  EXPECT_FALSE(shown("https://notplivo.com/r.mp3"));
  EXPECT_EQ(fetch("http://media.plivo.com/r.mp3").status, COMMS_INVALID);
}

TEST_F(PlivoTest, RefusesAnInstanceWithoutCredentials) {
  plugin = std::make_unique<comms::testing::Plugin>(host, load_plivo(), R"({"auth_id":"MA"})");
  EXPECT_EQ(plugin->status, COMMS_INVALID);
  EXPECT_THAT(plugin->error.message, HasSubstr("auth_token"));
}

}  // namespace
