#include "messaging/outbound_media.h"

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

constexpr std::int64_t mib = 1024 * 1024;

class OutboundMediaTest : public MessagingBed {
 protected:
  static Result<void> check(plugin::ChannelKind channel, const std::vector<FileFacts>& facts) {
    plugin::OutboundMessage message;
    message.channel = channel;
    message.media_urls.resize(facts.size(), "https://media.example.com/a");
    return check_media(message, facts);
  }
  SendRequest picture() {
    SendRequest request = this->request("look");
    request.content.media_urls = {"https://media.example.com/a.png"};
    return request;
  }
  void answer(Result<FileFacts> facts) {
    outbound_->set_look_at_file(
        [facts](std::string) -> Task<Result<FileFacts>> { co_return facts; });
  }
};

TEST_F(OutboundMediaTest, WhatAChannelCarriesPasses) {
  using enum plugin::ChannelKind;
  EXPECT_TRUE(check(sms, {{"image/jpeg", 5 * mib}}));
  EXPECT_TRUE(check(sms, {{"Image/PNG; q=1", 1}, {"video/mp4", 4 * mib}}));
  EXPECT_TRUE(check(whatsapp, {{"video/mp4", 16 * mib}}));
  EXPECT_TRUE(
      check(whatsapp,
            {{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", mib}}));
  EXPECT_TRUE(check(sms, {{"", {}}})) << "what is not known is the vendor's to say";
  EXPECT_TRUE(check(whatsapp, {{"application/octet-stream", mib}}));
}

TEST_F(OutboundMediaTest, WhatItDoesNotIsNamed) {
  using enum plugin::ChannelKind;
  const struct {
    plugin::ChannelKind channel;
    std::vector<FileFacts> facts;
    ErrorCode code;
  } cases[] = {
      {sms, {{"image/png", {}}, {"application/zip", {}}}, ErrorCode::unsupported},
      {sms, {{"image/png", 1}, {"image/png", 5 * mib + 1}}, ErrorCode::too_large},
      {sms, {{"", 1}, {"", 6 * mib}}, ErrorCode::too_large},
      {whatsapp, {{"image/png", 1}, {"image/gif", {}}}, ErrorCode::unsupported},
      {whatsapp, {{"image/png", 1}, {"image/jpeg", 6 * mib}}, ErrorCode::too_large},
      {whatsapp, {{"image/png", 1}, {"audio/ogg", 17 * mib}}, ErrorCode::too_large},
  };
  for (const auto& one : cases) {
    const auto refused = check(one.channel, one.facts);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, one.code);
    EXPECT_NE(refused.error().message.find("mediaUrls[1]"), std::string::npos);
  }
  EXPECT_EQ(check(sms, {{"image/png", 3 * mib}, {"image/png", 3 * mib}}).error().code,
            ErrorCode::too_large)
      << "all of a message together";
  EXPECT_EQ(check(email, {{"image/png", 1}}).error().code, ErrorCode::unsupported);
}

TEST_F(OutboundMediaTest, IsLookedAtBeforeTheMessageIsAccepted) {
  answer(FileFacts{"application/zip", 1});
  const auto refused = send(picture());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(vendor_->asked, 0);
  answer(fail(ErrorCode::invalid_argument, "its address is not a public one"));
  const auto private_one = send(picture());
  ASSERT_FALSE(private_one);
  EXPECT_EQ(private_one.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(private_one.error().message.find("mediaUrls[0]"), std::string::npos);
  answer(FileFacts{"image/png", 100});
  EXPECT_EQ(sent(picture()).message.state, "submitted");
}

TEST_F(OutboundMediaTest, ARepeatHearsTheFirstAnswer) {
  answer(FileFacts{"image/png", 100});
  SendRequest request = picture();
  request.idempotency_key = "k";
  request.arguments_hash = "h";
  const std::string id = sent(request).message.id;
  answer(fail(ErrorCode::invalid_argument, "gone"));
  const auto again = sent(request);
  EXPECT_EQ(again.message.id, id);
  EXPECT_TRUE(again.deduplicated);
}

}  // namespace
}  // namespace commsd::messaging::test
