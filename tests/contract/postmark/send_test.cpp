#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

class PostmarkSendTest : public PostmarkTest {};

TEST_F(PostmarkSendTest, SendsAMail) {
  host.answer(200, R"({"ErrorCode":0,"MessageID":"m-1"})");
  const OpResult sent = send();
  EXPECT_EQ(sent.vendor_id, "m-1");
  EXPECT_EQ(sent.message_status, "queued");
  ASSERT_EQ(host.requests.size(), 1u);
  const auto& request = host.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kApi + "/email");
  EXPECT_EQ(request.header("X-Postmark-Server-Token"), kServerToken);
  EXPECT_EQ(request.header("Accept"), "application/json");
  EXPECT_EQ(request.header("X-Postmark-Account-Token"), "");
  EXPECT_EQ(request.flags & COMMS_HTTP_IDEMPOTENT, 0u) << "nothing drops a repetition";
  EXPECT_EQ(request.body, R"({"From":"Agent <agent@example.com>","To":"someone@example.org",)"
                          R"("Subject":"Hello","TextBody":"Hi","MessageStream":"outbound",)"
                          R"("Metadata":{"commsd_attempt":"att_1"}})");
}

TEST_F(PostmarkSendTest, SendsEverythingItIsGiven) {
  start(config(R"(,"message_stream":"news","base_url":"https://proxy.example/pm/")"));
  const std::string data("\x00\x01", 2);
  comms_media files[2] = {};
  files[0].data = comms::bytes(data);
  files[0].filename = comms::str("a");
  files[1].data = comms::bytes(data);
  files[1].filename = comms::str("b.png");
  files[1].content_type = comms::str("image/png");
  files[1].content_id = comms::str("logo");
  const comms_str cc[] = {comms::str("b@example.org"), comms::str("C <c@example.org>")};
  const comms_str bcc[] = {comms::str("d@example.org")};
  const comms_kv headers[] = {{comms::str("message-id"), comms::str("<1@example.com>")},
                              {comms::str("References"), comms::str("<0@example.com>")}};
  Mail mail;
  mail.message.text = comms::str("");
  mail.message.html = comms::str("<p>Hi</p>");
  mail.message.reply_to = comms::str("r@example.com");
  mail.message.cc = cc;
  mail.message.cc_count = 2;
  mail.message.bcc = bcc;
  mail.message.bcc_count = 1;
  mail.message.headers = headers;
  mail.message.header_count = 2;
  mail.message.attachments = files;
  mail.message.attachment_count = 2;
  mail.message.client_ref = comms::str("");
  host.answer(200, R"({"ErrorCode":0,"MessageID":"m-1"})");
  EXPECT_EQ(send(mail.message).status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, "https://proxy.example/pm/email");
  EXPECT_EQ(host.requests[0].body,
            R"({"From":"Agent <agent@example.com>","To":"someone@example.org","Subject":"Hello",)"
            R"("Cc":"b@example.org, C <c@example.org>","Bcc":"d@example.org",)"
            R"("ReplyTo":"r@example.com","HtmlBody":"<p>Hi</p>","MessageStream":"news",)"
            R"("Headers":[{"Name":"message-id","Value":"<1@example.com>"},)"
            R"({"Name":"X-PM-KeepID","Value":"true"},)"
            R"({"Name":"References","Value":"<0@example.com>"}],)"
            R"("Attachments":[{"Name":"a","Content":"AAE=",)"
            R"("ContentType":"application/octet-stream"},{"Name":"b.png","Content":"AAE=",)"
            R"("ContentType":"image/png","ContentID":"cid:logo"}]})");
}

TEST_F(PostmarkSendTest, MapsErrors) {
  const auto said = [](const char* code) {
    return R"({"ErrorCode":)" + std::string(code) + R"(,"Message":"No."})";
  };
  const std::vector<Refusal> refusals = {
      {401, said("10"), COMMS_UNAUTHENTICATED, "10", "token"},
      {422, said("300"), COMMS_REJECTED, "300", "addresses"},
      {422, said("400"), COMMS_REJECTED, "400", "sender"},
      {422, said("405"), COMMS_DENIED, "405", "credits"},
      {422, said("406"), COMMS_REJECTED, "406", "reactivate"},
      {422, said("411"), COMMS_REJECTED, "411", "another type"},
      {422, said("412"), COMMS_DENIED, "412", "approval"},
      {422, said("1235"), COMMS_DENIED, "1235", "message_stream"},
      {422, said("99999"), COMMS_REJECTED, "99999", ""},
      {200, said("406"), COMMS_REJECTED, "406", "reactivate"},
      {413, "<html>", COMMS_REJECTED, "", "10 MB"},
      {429, said("429"), COMMS_RATE_LIMITED, "429", "by itself"},
      {500, said("406"), COMMS_AMBIGUOUS, "406", ""},
      {503, "<html>", COMMS_AMBIGUOUS, "", ""},
      {200, "", COMMS_AMBIGUOUS, "", ""},
      {200, "<html>", COMMS_AMBIGUOUS, "", ""},
      {200, R"({"ErrorCode":0,"MessageID":")", COMMS_AMBIGUOUS, "", ""},
      {200, R"({"ErrorCode":0})", COMMS_AMBIGUOUS, "", ""},
      {200, "[]", COMMS_AMBIGUOUS, "", ""}};
  expect_mapped(refusals, kServerToken);
  host.answer(429, "", {{"Retry-After", "7"}});
  EXPECT_EQ(send().error.retry_after_ms, 7000u);
  EXPECT_EQ(send().status, COMMS_UNAVAILABLE);
}

TEST_F(PostmarkSendTest, FindsByTheVendorsId) {
  const auto details = [](const char* status, const char* event) {
    return R"({"MessageID":"m-1","Status":")" + std::string(status) +
           R"(","MessageEvents":[{"Type":")" + event + R"("}]})";
  };
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"Sent", "Transient", "sent"},
      {"Sent", "Delivered", "delivered"},
      {"Sent", "Bounced", "undelivered"},
      {"Queued", "", "queued"}};
  for (const auto& [status, event, neutral] : cases) {
    host.answer(200, details(status, event));
    EXPECT_EQ(find("m-1", "").message_status, neutral);
  }
  EXPECT_EQ(host.requests[0].url, kApi + "/messages/outbound/m-1/details");
  host.answer(422, R"({"ErrorCode":701,"Message":"This message does not exist"})");
  EXPECT_EQ(find("m/1", "").status, COMMS_NOT_FOUND);
  EXPECT_EQ(host.requests.back().url, kApi + "/messages/outbound/m%2F1/details");
  EXPECT_EQ(find("", "").status, COMMS_UNSUPPORTED);
}

TEST_F(PostmarkSendTest, FindsByOurReferenceAndBelievesNoFilter) {
  const std::string others = R"({"MessageID":"m-2","Metadata":{"commsd_attempt":"att_2"}})";
  const std::string ours =
      R"({"MessageID":"m-1","Status":"Sent","Metadata":{"commsd_attempt":"att_1"}})";
  host.answer(200, R"({"Messages":[)" + others + ',' + ours + "]}");
  const OpResult found = find("", "att_1");
  EXPECT_EQ(found.vendor_id, "m-1");
  EXPECT_EQ(found.field("match"), "client_ref");
  EXPECT_EQ(host.requests[0].url, kApi +
                                      "/messages/outbound?count=50&offset=0&messagestream=outbound"
                                      "&metadata_commsd_attempt=att_1");
  host.answer(200, R"({"Messages":[]})");
  EXPECT_EQ(find("", "att_1").status, COMMS_NOT_FOUND);
  host.answer(200, R"({"Messages":[)" + others + "]}");
  EXPECT_EQ(find("", "att_1").status, COMMS_INTERNAL);
  for (const char* broken : {"", "{}", "[]", "<html>", R"({"Messages":)", R"({"Messages":{}})"}) {
    host.answer(200, broken);
    EXPECT_NE(find("", "att_1").status, COMMS_NOT_FOUND) << broken;
  }
}

TEST_F(PostmarkSendTest, ProbesTheServer) {
  host.answer(200, R"({"ID":1})");
  EXPECT_EQ(probe().status, COMMS_OK);
  EXPECT_EQ(host.requests[0].url, kApi + "/server");
  host.answer(401, R"({"ErrorCode":10,"Message":"Bad or missing token"})");
  EXPECT_EQ(probe().status, COMMS_UNAUTHENTICATED);
}

}  // namespace
