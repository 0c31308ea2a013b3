#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

class CloudSendTest : public CloudTest {
 protected:
  OpResult send_template(const std::vector<comms_kv>& variables, const char* language = "es") {
    comms_whatsapp_message m = message("ignored");
    m.template_id = comms::str("order_update");
    m.language = comms::str(language);
    m.variables = variables.data();
    m.variable_count = variables.size();
    return send(m);
  }
  OpResult register_sender(const char* url, const char* code) {
    comms_whatsapp_sender s{};
    s.size = sizeof s;
    s.number = comms::str(kFrom);
    s.message_url = comms::str(url);
    s.verification_code = comms::str(code);
    return run<const comms_whatsapp_sender*>(&comms_whatsapp::register_sender, &s);
  }
  const std::string accepted_ = R"({"messages":[{"id":"wamid.1"}]})";
};

TEST_F(CloudSendTest, SendsTextWithOurReference) {
  host.answer(200, accepted_);
  comms_whatsapp_message m = message("hola");
  m.client_ref = comms::str("att_1");
  EXPECT_EQ(send(m).vendor_id, "wamid.1");
  EXPECT_EQ(host.requests[0].url, kNumberUrl + "/messages");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Bearer " + kAccessToken);
  EXPECT_EQ(host.requests[0].body,
            R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"14155550101",)"
            R"("biz_opaque_callback_data":"att_1","type":"text","text":{"body":"hola"}})");
  EXPECT_EQ(host.requests[0].flags & COMMS_HTTP_IDEMPOTENT, 0u) << "nothing drops a repetition";
}

TEST_F(CloudSendTest, PutsVariablesWhereTheyBelong) {
  host.answer(200, accepted_);
  EXPECT_EQ(send_template({{comms::str("2"), comms::str("b")}, {comms::str("1"), comms::str("a")}})
                .status,
            COMMS_OK);
  EXPECT_THAT(host.requests[0].body,
              HasSubstr(R"("template":{"name":"order_update","language":{"policy":"deterministic",)"
                        R"("code":"es"},"components":[{"type":"body","parameters":[)"
                        R"({"type":"text","text":"a"},{"type":"text","text":"b"}]}]})"));
  EXPECT_THAT(host.requests[0].body, Not(HasSubstr("ignored")));
  host.answer(200, accepted_);
  send_template({{comms::str("first_name"), comms::str("Ana")}}, "");
  EXPECT_THAT(host.requests[1].body,
              HasSubstr(R"({"type":"text","text":"Ana","parameter_name":"first_name"})"));
  EXPECT_THAT(host.requests[1].body, HasSubstr(R"("code":"en_US")"));
  host.answer(200, accepted_);
  send_template({});
  EXPECT_THAT(host.requests[2].body, Not(HasSubstr("components")));
}

TEST_F(CloudSendTest, RefusesWithoutARequest) {
  EXPECT_EQ(send_template({{comms::str("2"), comms::str("b")}}).status, COMMS_INVALID);
  EXPECT_EQ(send_template({{comms::str("1"), comms::str("a")}, {comms::str("x"), comms::str("b")}})
                .status,
            COMMS_INVALID);
  for (const char* to : {"", "+", "415", "+1415555010a", "whatsapp:+14155550101"}) {
    comms_whatsapp_message m = message("x");
    m.to = comms::str(to);
    EXPECT_EQ(send(m).status, COMMS_INVALID) << to;
  }
  EXPECT_EQ(send(message("")).status, COMMS_INVALID);
  const comms_str media[] = {comms::str("https://a.test/1.webp?x=.jpg"),
                             comms::str("https://a.test/2.png")};
  comms_whatsapp_message m = message("text on a sticker");
  m.media = media;
  m.media_count = 1;
  EXPECT_EQ(send(m).status, COMMS_INVALID);
  m.media_count = 2;
  EXPECT_EQ(send(m).status, COMMS_INVALID);
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(CloudSendTest, KeepsAmbiguousWhatMayHaveBeenSent) {
  for (const char* body : {"", "<html>", "[]", R"({"messages":[]})", R"({"messages":[{"id":)"}) {
    host.answer(200, body);
    EXPECT_EQ(send(message("x")).status, COMMS_AMBIGUOUS) << body;
  }
  // Even with a code that would be a refusal under 4xx.
  host.answer(500, R"({"error":{"code":131009,"message":"x"}})");
  const OpResult result = send(message("x"));
  EXPECT_EQ(result.status, COMMS_AMBIGUOUS);
  EXPECT_EQ(result.error.vendor_code, "131009");
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send(message("x")).status, COMMS_AMBIGUOUS);
}

TEST_F(CloudSendTest, ClassifiesCodes) {
  const std::tuple<int, const char*, comms_status> cases[] = {
      {401, "190", COMMS_UNAUTHENTICATED}, {403, "10", COMMS_DENIED},
      {403, "299", COMMS_DENIED},          {400, "80007", COMMS_RATE_LIMITED},
      {429, "130429", COMMS_RATE_LIMITED}, {400, "131047", COMMS_REJECTED},
      {404, "132001", COMMS_REJECTED},     {404, "99999", COMMS_INVALID},
      {400, "33", COMMS_INVALID},          {400, "99999", COMMS_REJECTED}};
  for (const auto& [http, code, status] : cases) {
    host.answer(http, std::string(R"({"error":{"message":"(#1) for +14155550101","code":)") + code +
                          R"(,"error_data":{"details":"see https://x.test/?t=1"}}})");
    const OpResult result = send(message("x"));
    EXPECT_EQ(result.status, status) << code;
    EXPECT_EQ(result.error.vendor_code, code);
    EXPECT_THAT(result.error.message, HasSubstr("(#1) for [number]: see [url]"));
    expect_hidden(result, kAccessToken);
  }
}

TEST_F(CloudSendTest, RegistersTheNumber) {
  host.answer(200, R"({"success":true})");
  host.answer(200, R"({"success":true})");
  host.answer(200, R"({"success":true})");
  host.answer(200, R"({"id":"106540352242922","code_verification_status":"VERIFIED"})");
  const OpResult result = register_sender("https://c.test/w", "424242");
  EXPECT_EQ(result.field("status"), "online");
  EXPECT_EQ(host.requests[0].url, kNumberUrl + "/verify_code");
  EXPECT_EQ(host.requests[0].body, R"({"code":"424242"})");
  EXPECT_EQ(host.requests[1].body, R"({"messaging_product":"whatsapp","pin":"123456"})");
  EXPECT_EQ(host.requests[2].url, kNumberUrl);
  EXPECT_EQ(host.requests[2].body,
            R"({"webhook_configuration":{"override_callback_uri":"https://c.test/w",)"
            R"("verify_token":")" +
                kVerifyToken + R"("}})");
  host.answer(400, R"({"error":{"code":136025,"message":"no"}})");
  EXPECT_EQ(register_sender("", "1").status, COMMS_REJECTED);
}

TEST_F(CloudSendTest, TakesNoCredentialsElsewhere) {
  const auto fetch = [this](const char* url) {
    return run<comms_str>(&comms_whatsapp::fetch_media, comms::str(url));
  };
  EXPECT_EQ(fetch("https://graph.facebook.com.evil.test/1").status, COMMS_INVALID);
  host.answer(200, R"({"url":"https://evil.test/file","mime_type":"image/png"})");
  EXPECT_EQ(fetch("https://graph.facebook.com/v23.0/1").status, COMMS_DENIED);
  EXPECT_EQ(host.requests.size(), 1u);
}

}  // namespace
