#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

class GreenapiSendTest : public GreenapiTest {};

TEST_F(GreenapiSendTest, SendsText) {
  host.answer(200, R"({"idMessage":"3EB0C767D097B7C7C030"})");
  const OpResult result = send(message("hola \"x\"\n😀"));
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.vendor_id, "3EB0C767D097B7C7C030");
  EXPECT_EQ(result.message_status, "queued");
  EXPECT_EQ(result.cost_micros, COMMS_COST_UNKNOWN);
  EXPECT_EQ(host.requests[0].method, "POST");
  EXPECT_EQ(host.requests[0].url, method_url("sendMessage"));
  EXPECT_EQ(host.requests[0].header("Content-Type"), "application/json");
  EXPECT_EQ(host.requests[0].body,
            "{\"chatId\":\"14155550101@c.us\",\"message\":\"hola \\\"x\\\"\\u000a😀\"}");
  EXPECT_EQ(host.requests[0].flags & COMMS_HTTP_IDEMPOTENT, 0u) << "nothing drops a repetition";
}

TEST_F(GreenapiSendTest, SendsAFileByItsUrl) {
  host.answer(200, R"({"idMessage":"M1"})");
  const comms_str media[] = {comms::str("https://a.test/dir/a%20photo.jpg?x=1#y")};
  comms_whatsapp_message m = message("look");
  m.media = media;
  m.media_count = 1;
  EXPECT_EQ(send(m).vendor_id, "M1");
  EXPECT_EQ(host.requests[0].url, method_url("sendFileByUrl"));
  EXPECT_EQ(host.requests[0].body,
            R"({"chatId":"14155550101@c.us","urlFile":"https://a.test/dir/a%20photo.jpg?x=1#y",)"
            R"("fileName":"a photo.jpg","caption":"look"})");
}

TEST_F(GreenapiSendTest, UploadsWhatTheVendorCannotReach) {
  start(config(R"(,"upload_from":"https://files.internal.test")"));
  host.answer(200, std::string("\x00\xff\r\n--x", 7), {{"Content-Type", "image/png"}});
  host.answer(200,
              R"({"idMessage":"M1","urlFile":"https://sw-media-out.storage.yandexcloud.net/1"})");
  const comms_str media[] = {comms::str("https://files.internal.test/f/p%22%0d.png")};
  comms_whatsapp_message m = message("look");
  m.media = media;
  m.media_count = 1;
  EXPECT_EQ(send(m).vendor_id, "M1");
  EXPECT_EQ(host.requests[0].method, "GET");
  EXPECT_EQ(host.requests[0].url, "https://files.internal.test/f/p%22%0d.png");
  EXPECT_EQ(host.requests[1].url,
            "https://7103.media.greenapi.com/waInstance7103000000/"
            "sendFileByUpload/" +
                kApiToken);
  const std::string type = host.requests[1].header("Content-Type");
  ASSERT_EQ(type.find("multipart/form-data; boundary="), 0u);
  const std::string line = "--" + type.substr(type.find('=') + 1);
  const std::string field = "\r\nContent-Disposition: form-data; name=";
  EXPECT_EQ(host.requests[1].body,
            line + field + "\"chatId\"\r\n\r\n14155550101@c.us\r\n" + line + field +
                "\"caption\"\r\n\r\nlook\r\n" + line + field + "\"fileName\"\r\n\r\np__.png\r\n" +
                line + field + "\"file\"; filename=\"p__.png\"\r\nContent-Type: image/png\r\n\r\n" +
                std::string("\x00\xff\r\n--x", 7) + "\r\n" + line + "--\r\n");
}

TEST_F(GreenapiSendTest, AFileThatCannotBeReadIsNotSent) {
  start(config(R"(,"upload_from":"https://files.internal.test")"));
  host.answer(404, "gone");
  const comms_str media[] = {comms::str("https://files.internal.test/f.png")};
  comms_whatsapp_message m = message("");
  m.media = media;
  m.media_count = 1;
  const OpResult result = send(m);
  EXPECT_EQ(result.status, COMMS_REJECTED);
  EXPECT_THAT(result.error.message, HasSubstr("could not be fetched"));
  EXPECT_EQ(host.requests.size(), 1u);
}

TEST_F(GreenapiSendTest, RefusesWithoutARequest) {
  const comms_str media[] = {comms::str("https://a.test/1.png"),
                             comms::str("https://a.test/2.png")};
  comms_whatsapp_message several = message("x");
  several.media = media;
  several.media_count = 2;
  EXPECT_EQ(send(several).status, COMMS_INVALID);
  comms_whatsapp_message with_template = message("x");
  with_template.template_id = comms::str("welcome");
  EXPECT_EQ(send(with_template).status, COMMS_UNSUPPORTED);
  for (const char* to : {"", "+", "415", "+1415555010a", "+01415555010", "+12345678901234567",
                         "120363043968066561@g.us"}) {
    comms_whatsapp_message m = message("x");
    m.to = comms::str(to);
    EXPECT_EQ(send(m).status, COMMS_INVALID) << to;
  }
  EXPECT_EQ(send(message("")).status, COMMS_INVALID);
  start(config(R"(,"phone":"+14155550177")"));
  EXPECT_EQ(send(message("x")).status, COMMS_INVALID) << "it would leave from another number";
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(GreenapiSendTest, MapsErrors) {
  struct Case {
    int http;
    std::string body;
    comms_status status;
    std::string code;
    const char* remedy;
  };
  const std::string path =
      "\"timestamp\":1700000000,\"path\":\"/waInstance7103000000/sendMessage/" + kApiToken + "\"";
  const Case cases[] = {
      {400, "instance account not authorized", COMMS_DENIED, "400", "link the phone again"},
      {400, R"({"message":"instance account not authorized"})", COMMS_DENIED, "400", "link"},
      {400, "instance in starting process try later", COMMS_UNAVAILABLE, "400", "by itself"},
      {400,
       R"({"statusCode":400,)" + path +
           R"(,"message":"Validation failed. Details: 'chatId' 14155550101@c.us"})",
       COMMS_REJECTED, "400", "no valid number"},
      {400, "bad request data", COMMS_REJECTED, "400", ""},
      {401, "", COMMS_UNAUTHENTICATED, "401", "api_token"},
      {403, R"({"statusCode":403,)" + path + R"(,"message":"Forbidden"})", COMMS_UNAUTHENTICATED,
       "403", "id_instance"},
      {404, "<html>no</html>", COMMS_INVALID, "404", "api_url"},
      {429, "", COMMS_RATE_LIMITED, "429", "by itself"},
      {466, R"({"invokeStatus":{"status":"CORRESPONDENTS_QUOTA_EXCEEDED"}})", COMMS_DENIED, "466",
       "larger plan"},
      {499, "", COMMS_AMBIGUOUS, "499", ""},
      {400, "caf\xe9 instance account not authorized", COMMS_REJECTED, "400", ""},
      {502, "<html>bad gateway</html>", COMMS_AMBIGUOUS, "502", ""},
      {200, "", COMMS_AMBIGUOUS, "", ""},
      {200, "<html>", COMMS_AMBIGUOUS, "", ""},
      {200, R"({"idMessage":)", COMMS_AMBIGUOUS, "", ""},
      {200, R"({"idMessage":null})", COMMS_AMBIGUOUS, "", ""},
      {200, R"([])", COMMS_AMBIGUOUS, "", ""}};
  for (const Case& c : cases) {
    host.answer(c.http, c.body);
    const OpResult result = send(message("hola"));
    EXPECT_EQ(result.status, c.status) << c.http << c.body;
    EXPECT_EQ(result.error.vendor_code, c.code) << c.http << c.body;
    EXPECT_THAT(result.error.remedy, HasSubstr(c.remedy)) << c.http << c.body;
    EXPECT_THAT(result.error.message, Not(HasSubstr("14155550101")));
    EXPECT_THAT(result.error.message, Not(HasSubstr("<")));
    expect_hidden(result, kApiToken);
  }
  host.answer(400, R"({"message":")" + std::string(199, 'x') + "\u00e9\"}");
  EXPECT_THAT(send(message("hola")).error.message, Not(HasSubstr("\xc3"))) << "half a character";
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send(message("hola")).status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(send(message("hola")).status, COMMS_UNAVAILABLE);
  host.answer(429, "", {{"Retry-After", "7"}});
  EXPECT_EQ(send(message("hola")).error.retry_after_ms, 7000u);
}

TEST_F(GreenapiSendTest, ProbesTheLinkedPhone) {
  const std::pair<const char*, comms_status> states[] = {
      {"authorized", COMMS_OK},        {"notAuthorized", COMMS_DENIED},
      {"blocked", COMMS_DENIED},       {"yellowCard", COMMS_DENIED},
      {"starting", COMMS_UNAVAILABLE}, {"sleepMode", COMMS_UNAVAILABLE},
      {"somethingNew", COMMS_DENIED}};
  for (const auto& [state, status] : states) {
    host.answer(200, std::string(R"({"stateInstance":")") + state + "\"}");
    const OpResult result = probe();
    EXPECT_EQ(result.status, status) << state;
    if (status == COMMS_OK) continue;
    EXPECT_EQ(result.error.vendor_code, state);
    EXPECT_FALSE(result.error.remedy.empty());
  }
  EXPECT_EQ(host.requests[0].url, method_url("getStateInstance"));
  host.answer(200, "{}");
  EXPECT_NE(probe().status, COMMS_OK);
  host.answer(401, "");
  EXPECT_EQ(probe().status, COMMS_UNAUTHENTICATED);
}

}  // namespace
