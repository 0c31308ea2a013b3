#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

class SendgridSendTest : public SendgridTest {};

TEST_F(SendgridSendTest, SendsAMail) {
  host.answer(202, "", {{"X-Message-Id", "evEK_IhZSlKus235aGfxIQ"}});
  const OpResult sent = send();
  EXPECT_EQ(sent.status, COMMS_OK);
  EXPECT_EQ(sent.vendor_id, "evEK_IhZSlKus235aGfxIQ");
  EXPECT_EQ(sent.message_status, "queued");
  EXPECT_EQ(sent.cost_micros, COMMS_COST_UNKNOWN);
  ASSERT_EQ(host.requests.size(), 1u);
  const auto& request = host.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kApi + "/v3/mail/send");
  EXPECT_EQ(request.header("Authorization"), "Bearer " + kApiKey);
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_EQ(request.flags & COMMS_HTTP_IDEMPOTENT, 0u) << "nothing drops a repetition";
  EXPECT_EQ(request.body,
            R"({"personalizations":[{"to":[{"email":"someone@example.org"}],)"
            R"("custom_args":{"commsd_attempt":"att_1"}}],)"
            R"("from":{"email":"agent@example.com","name":"Agent"},"subject":"Hello",)"
            R"("content":[{"type":"text/plain","value":"Hi"}]})");
}

TEST_F(SendgridSendTest, PlainTextComesFirst) {
  Mail mail;
  mail.message.html = comms::str("<p>Hi</p>");
  host.answer(202, "", {{"X-Message-Id", "m"}});
  send(mail.message);
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"("content":[{"type":"text/plain","value":"Hi"},)"
                                               R"({"type":"text/html","value":"<p>Hi</p>"}])"));
}

TEST_F(SendgridSendTest, NamesNobodyTwice) {
  const comms_str to[] = {comms::str("a@example.org"), comms::str("A@EXAMPLE.org")};
  const comms_str cc[] = {comms::str("B <b@example.org>"), comms::str("a@example.org")};
  const comms_str bcc[] = {comms::str("b@example.org")};
  Mail mail;
  mail.message.to = to;
  mail.message.to_count = 2;
  mail.message.cc = cc;
  mail.message.cc_count = 2;
  mail.message.bcc = bcc;
  mail.message.bcc_count = 1;
  host.answer(202, "", {{"X-Message-Id", "m"}});
  send(mail.message);
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"([{"to":[{"email":"a@example.org"}],)"
                                               R"("cc":[{"email":"b@example.org","name":"B"}],)"
                                               R"("custom_args")"));
}

TEST_F(SendgridSendTest, AttachesFilesAndHeaders) {
  const std::string data("\x00\x01", 2);
  comms_media files[2] = {};
  files[0].content_type = comms::str("text/plain; charset=utf-8");
  files[0].filename = comms::str("a \"b\".txt");
  files[0].data = comms::bytes(data);
  files[1].content_type = comms::str("image/png");
  files[1].content_id = comms::str("logo");
  files[1].data = comms::bytes(data);
  const std::string town = "Zürich " + std::string(60, 'x');
  const comms_kv headers[] = {{comms::str("References"), comms::str("<0@example.com>")},
                              {comms::str("X-Town"), comms::str(town)}};
  Mail mail;
  mail.message.attachments = files;
  mail.message.attachment_count = 2;
  mail.message.headers = headers;
  mail.message.header_count = 2;
  host.answer(202, "", {{"X-Message-Id", "m"}});
  send(mail.message);
  const std::string& body = host.requests[0].body;
  EXPECT_THAT(body, HasSubstr(R"("attachments":[{"content":"AAE=","filename":"a \"b\".txt",)"
                              R"("type":"text/plain","disposition":"attachment"},)"
                              R"({"content":"AAE=","filename":"attachment","type":"image/png",)"
                              R"("disposition":"inline","content_id":"logo"}])"));
  EXPECT_THAT(body, HasSubstr(R"("headers":{"References":"<0@example.com>","X-Town":"=?UTF-8?B?)"));
  EXPECT_THAT(body, HasSubstr("?= =?UTF-8?B?")) << "two words, on one line";
  EXPECT_THAT(body, Not(HasSubstr("\\u000d")));
}

TEST_F(SendgridSendTest, AMailOfFilesAloneHasABlankText) {
  comms_media file{};
  file.data = comms::bytes("x");
  Mail mail;
  mail.message.text = comms::str("");
  mail.message.attachments = &file;
  mail.message.attachment_count = 1;
  host.answer(202, "", {{"X-Message-Id", "m"}});
  EXPECT_EQ(send(mail.message).status, COMMS_OK);
  EXPECT_THAT(host.requests[0].body, HasSubstr(R"([{"type":"text/plain","value":" "}])"));
}

TEST_F(SendgridSendTest, RefusesWithoutARequest) {
  Mail mail;
  mail.to[0] = comms::str("nobody");
  EXPECT_EQ(send(mail.message).status, COMMS_INVALID);
  Mail of_nobody;
  of_nobody.message.from = comms::str("");
  EXPECT_EQ(send(of_nobody.message).status, COMMS_INVALID);
  comms_media file{};
  Mail with_empty_file;
  with_empty_file.message.attachments = &file;
  with_empty_file.message.attachment_count = 1;
  const OpResult empty = send(with_empty_file.message);
  EXPECT_EQ(empty.status, COMMS_REJECTED);
  EXPECT_FALSE(empty.error.remedy.empty());
  const std::string large(std::size_t{30} * 1024 * 1024, 'x');
  Mail too_large;
  too_large.message.text = comms::str(large);
  const OpResult refused = send(too_large.message);
  EXPECT_EQ(refused.status, COMMS_REJECTED);
  EXPECT_THAT(refused.error.remedy, HasSubstr("smaller"));
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(SendgridSendTest, AsksInItsRegion) {
  start(config(R"(,"region":"eu")"));
  host.answer(202, "", {{"X-Message-Id", "m"}});
  send();
  EXPECT_THAT(host.requests[0].url, testing::StartsWith("https://api.eu.sendgrid.com/v3/"));
  start(config(R"(,"region":"eu","base_url":"https://proxy.example/sg/")"));
  host.answer(202, "", {{"X-Message-Id", "m"}});
  send();
  EXPECT_EQ(host.requests[1].url, "https://proxy.example/sg/v3/mail/send");
}

TEST_F(SendgridSendTest, MapsErrors) {
  const auto said = [](const std::string& message, const std::string& field = "null") {
    return R"({"errors":[{"message":")" + message + R"(","field":)" + field + R"(,"help":null}]})";
  };
  const std::vector<Refusal> refusals = {
      {400,
       said("Does not contain a valid address: someone@example.org +14155550100",
            "\"personalizations.0.to.0.email\""),
       COMMS_REJECTED, "personalizations.0.to.0.email", "addresses"},
      {400, said("The subject is required.", "\"subject\""), COMMS_REJECTED, "subject", "subject"},
      {400, "bad request", COMMS_REJECTED, "400", ""},
      {401, said("The provided authorization grant is invalid, expired, or revoked"),
       COMMS_UNAUTHENTICATED, "401", "api_key"},
      {401, said("Maximum credits exceeded"), COMMS_DENIED, "401", "larger plan"},
      {401, said("authenticated user is not authorized to send mail"), COMMS_DENIED, "401",
       "permission"},
      {401, "", COMMS_UNAUTHENTICATED, "401", "credentials"},
      {403, said("The from address does not match a verified Sender Identity.", "\"from\""),
       COMMS_DENIED, "from", "verify the sender's domain"},
      {403, said("access forbidden"), COMMS_DENIED, "403", "Mail Send"},
      {413, "<html>too large</html>", COMMS_REJECTED, "413", "30 MB"},
      {429, said("too many requests"), COMMS_RATE_LIMITED, "429", "by itself"},
      {500, said("Maximum credits exceeded"), COMMS_AMBIGUOUS, "500", ""},
      {503, "<html>bad gateway</html>", COMMS_AMBIGUOUS, "503", ""},
      {200, "", COMMS_AMBIGUOUS, "", ""},
      {202, "{}", COMMS_AMBIGUOUS, "", ""}};
  expect_mapped(refusals, kApiKey);
  EXPECT_EQ(send().status, COMMS_UNAVAILABLE);
}

TEST_F(SendgridSendTest, WaitsUntilTheLimitIsReset) {
  const auto wait = [this](comms::Fields headers) {
    host.answer(429, "", std::move(headers));
    return send().error.retry_after_ms;
  };
  const std::int64_t now = host.now_ms / 1000;
  EXPECT_EQ(wait({{"X-RateLimit-Reset", std::to_string(now + 7)}}), 7000u);
  EXPECT_EQ(wait({{"X-RateLimit-Reset", std::to_string(now + 7)}, {"Retry-After", "3"}}), 3000u);
  EXPECT_EQ(wait({{"X-RateLimit-Reset", std::to_string(now - 7)}}), 0u);
  EXPECT_EQ(wait({{"X-RateLimit-Reset", "99999999999"}}), 86'400'000u);
  for (const char* strange : {"", "soon", "-1", "99999999999999999999", "1e9"}) {
    EXPECT_EQ(wait({{"X-RateLimit-Reset", strange}}), 0u) << strange;
  }
}

TEST_F(SendgridSendTest, ProbesWhatTheKeyMayDo) {
  host.answer(200, R"({"scopes":["alerts.read","mail.send"]})");
  EXPECT_EQ(probe().status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kApi + "/v3/scopes");
  host.answer(200, R"({"scopes":["alerts.read"]})");
  const OpResult denied = probe();
  EXPECT_EQ(denied.status, COMMS_DENIED);
  EXPECT_THAT(denied.error.remedy, HasSubstr("Mail Send"));
  for (const char* strange : {"", "{}", "<html>", R"({"scopes":)", R"({"scopes":"mail.send"})"}) {
    host.answer(200, strange);
    EXPECT_NE(probe().status, COMMS_OK) << strange;
  }
  host.answer(401, "");
  EXPECT_EQ(probe().status, COMMS_UNAUTHENTICATED);
}

TEST_F(SendgridSendTest, NamesTheSettingThatIsWrong) {
  comms::testing::Plugin without(host, load_plugin(), "{}");
  EXPECT_EQ(without.status, COMMS_INVALID);
  EXPECT_THAT(without.error.message, HasSubstr("api_key"));
  for (const char* setting : {"webhook_public_key", "inbound_public_key"}) {
    comms::testing::Plugin wrong(
        host, load_plugin(),
        R"({"api_key":"SG.a",")" + std::string(setting) + R"(":"no base64!"})");
    EXPECT_EQ(wrong.status, COMMS_INVALID);
    EXPECT_THAT(wrong.error.message, HasSubstr(setting));
  }
}

}  // namespace
