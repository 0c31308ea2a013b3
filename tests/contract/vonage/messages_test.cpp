#include "fixture.h"

namespace {

using VonageMessages = VonageTest;

TEST_F(VonageMessages, SendsAsTheApplication) {
  host.answer(202, R"({"message_uuid":"m1"})");
  const OpResult result = send("Grüße");
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.vendor_id, "m1");
  ASSERT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(host.requests[0].url, "https://api.nexmo.com/v1/messages");
  EXPECT_EQ(host.requests[0].body,
            R"({"message_type":"text","text":"Grüße","channel":"sms","to":"14155550101",)"
            R"("from":"14155550100","webhook_version":"v1","client_ref":"att_1"})");
  const comms::Host services(host.raw());
  const std::string token = host.requests[0].header("Authorization").substr(7);
  const std::string claims =
      token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1);
  const auto text =
      comms::Crypto(services).from_base64(claims, COMMS_BASE64_URL | COMMS_BASE64_UNPADDED);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr(kApplication));
  EXPECT_THAT(*text, HasSubstr("\"exp\":1700000900"));
}

TEST_F(VonageMessages, NamesTheClassTheCodeAndTheRemedy) {
  const auto refusal = [](const std::string& code) {
    return R"({"type":"https://developer.vonage.com/api-errors/messages#)" + code +
           R"(","title":"Refused","detail":"+14155550101 is not to be had"})";
  };
  const struct {
    int http;
    const char* code;
    comms::Status status;
    const char* remedy;
  } refusals[] = {{422, "1120", COMMS_REJECTED, "linked to an application"},
                  {422, "1210", COMMS_REJECTED, "opted out"},
                  {402, "low-balance", COMMS_REJECTED, "add credit"},
                  {422, "1000", COMMS_RATE_LIMITED, "wait"},
                  {422, "9999", COMMS_REJECTED, ""},
                  {401, "unauthorized", COMMS_UNAUTHENTICATED, "credentials"},
                  {404, "not-found", COMMS_INVALID, "application_id"}};
  for (const auto& [http, code, status, remedy] : refusals) {
    host.answer(http, refusal(code));
    const OpResult result = send();
    EXPECT_EQ(result.status, status) << code;
    EXPECT_EQ(result.error.vendor_code, code);
    EXPECT_THAT(result.error.remedy, HasSubstr(remedy)) << code;
    EXPECT_THAT(result.error.message, Not(HasSubstr("4155550101"))) << code;
    expect_hidden(result, kApiSecret);
  }
}

TEST_F(VonageMessages, WaitsAsLongAsItIsTold) {
  host.answer(429, R"({"title":"Throttled"})", {{"retry-after", "7"}});
  const OpResult result = send();
  EXPECT_EQ(result.status, COMMS_RATE_LIMITED);
  EXPECT_EQ(result.error.retry_after_ms, 7000u);
  host.answer(429, "");
  EXPECT_EQ(send().status, COMMS_RATE_LIMITED);
  EXPECT_EQ(host.requests.size(), 2u) << "only the host sends again";
}

TEST_F(VonageMessages, DoesNotKnowWhatBecameOfALostOne) {
  for (const char* body : {"", "<html>", R"({"message_uuid":)", R"({"message_uuid":null})", "[]"}) {
    host.answer(202, body);
    EXPECT_EQ(send().status, COMMS_AMBIGUOUS) << body;
  }
  host.answer(502, R"({"type":"x#1120"})");
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS) << "a code says nothing about acceptance";
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(send().status, COMMS_UNAVAILABLE);
}

TEST_F(VonageMessages, RefusesSettingsThatCannotWork) {
  EXPECT_EQ(start(config("", "-----BEGIN PRIVATE KEY-----\nx\n")).status, COMMS_INVALID);
  EXPECT_THAT(plugin->error.message, HasSubstr("private_key"));
  for (const char* missing : {"api_key", "api_secret", "application_id", "signature_secret"}) {
    std::string text = config();
    const std::size_t at = text.find('"' + std::string(missing) + '"');
    text.replace(at + 1, 1, "_");
    EXPECT_EQ(start(text).status, COMMS_INVALID) << missing;
    EXPECT_THAT(plugin->error.message, HasSubstr(missing));
  }
}

TEST_F(VonageMessages, ShowsTheTokenToVonageOnly) {
  const auto fetch = [&](const std::string& url) {
    return run(&comms_telephony::fetch_media, comms::str(url));
  };
  host.answer(200, "bytes");
  EXPECT_EQ(fetch("https://api-us.nexmo.com/v3/media/1").status, COMMS_OK);
  for (const char* stranger :
       {"https://example.test/a", "https://api.nexmo.com.example.test/a", "http://api.nexmo.com/a",
        "https://api.nexmo.com@example.test/a", "https://nexmo.com.example.test\\.nexmo.com/a"}) {
    EXPECT_EQ(fetch(stranger).status, COMMS_INVALID) << stranger;
  }
  EXPECT_EQ(host.requests.size(), 1u);
}

}  // namespace
