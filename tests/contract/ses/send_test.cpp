#include <comms/cpp/mime_reader.hpp>

#include "fixture.h"

namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(SesTest, SendsAMailSignedForItsRegion) {
  host.answer(200, R"({"MessageId":"0102-id"})");
  const OpResult sent = send();
  EXPECT_EQ(sent.status, COMMS_OK);
  EXPECT_EQ(sent.vendor_id, "0102-id");
  ASSERT_EQ(host.requests.size(), 1U);
  const auto& request = host.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails");
  EXPECT_THAT(request.header("Authorization"),
              HasSubstr("/20231114/eu-west-1/ses/aws4_request, SignedHeaders=content-type;host;"
                        "x-amz-content-sha256;x-amz-date"));
  EXPECT_THAT(request.body, HasSubstr(R"("ToAddresses":["someone@example.org"])"));
  EXPECT_THAT(request.body, HasSubstr(R"([{"Name":"commsd_attempt","Value":"att_1"}])"));
  const std::string marker = R"("Data":")";
  const std::size_t begin = request.body.find(marker) + marker.size();
  const auto mail = comms::mime::read_message(comms::mime::decode_base64(
      request.body.substr(begin, request.body.find('"', begin) - begin)));
  EXPECT_EQ(mail.text, "Hi\r\n");
}

TEST_F(SesTest, ChinaHasADomainOfItsOwn) {
  plugin = std::make_unique<comms::testing::Plugin>(
      host, load_ses(),
      R"({"access_key_id":"AKIDEXAMPLE","secret_access_key":"s","region":"cn-north-1"})");
  host.answer(200, R"({"MessageId":"1"})");
  send();
  EXPECT_THAT(host.requests[0].url, HasSubstr("https://email.cn-north-1.amazonaws.com.cn/"));
}

TEST_F(SesTest, SaysTheVendorsCodeAndARemedyAndNoAddress) {
  host.answer(400,
              R"({"message":"Email address is not verified: someone@example.org, +14155550100"})",
              {{"x-amzn-ErrorType", "MessageRejected:http://internal.amazon.com/coral/"}});
  const OpResult refused = send();
  EXPECT_EQ(refused.status, COMMS_REJECTED);
  EXPECT_EQ(refused.error.vendor_code, "MessageRejected");
  EXPECT_THAT(refused.error.remedy, HasSubstr("verify the sender's domain"));
  EXPECT_THAT(refused.error.message, HasSubstr("Email address is not verified"));
  EXPECT_THAT(refused.error.message, Not(HasSubstr("someone@")));
  EXPECT_THAT(refused.error.message, Not(HasSubstr("4155550100")));
}

TEST_F(SesTest, WhatMayHaveBeenTakenIsAmbiguous) {
  for (const char* body : {"", "{}", "<html>", "[]", R"({"MessageId":""})", R"({"MessageId)"}) {
    host.answer(200, body);
    EXPECT_EQ(send().status, COMMS_AMBIGUOUS) << body;
  }
  host.answer(500, "", {{"x-amzn-errortype", "InternalServiceErrorException"}});
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
  // What stands in the header of a 5xx does not tell whether it was taken.
  host.answer(500, "", {{"x-amzn-errortype", "MessageRejected"}});
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(send().status, COMMS_UNAVAILABLE);
}

TEST_F(SesTest, RefusesWhatIsTooLargeWithoutAskingAnyone) {
  const OpResult refused = send(std::string(std::size_t{41} * 1024 * 1024, 'x'));
  EXPECT_EQ(refused.status, COMMS_REJECTED);
  EXPECT_THAT(refused.error.remedy, HasSubstr("smaller"));
  EXPECT_TRUE(host.requests.empty());
}

}  // namespace
