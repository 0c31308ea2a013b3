#include "messaging/outbound_media.h"

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

class OutboundMediaTest : public MessagingBed {
 protected:
  SendRequest picture() {
    SendRequest request = this->request("look");
    request.content.media_urls = {"https://media.example.com/a.png"};
    return request;
  }
  void answer(Result<policy::FileFacts> facts) {
    outbound_->set_look_at_file(
        [facts](std::string) -> Task<Result<policy::FileFacts>> { co_return facts; });
  }
};

TEST_F(OutboundMediaTest, IsLookedAtBeforeTheMessageIsAccepted) {
  answer(policy::FileFacts{"application/zip", 1});
  const auto refused = send(picture());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(vendor_->asked, 0);
  answer(fail(ErrorCode::invalid_argument, "its address is not a public one"));
  const auto private_one = send(picture());
  ASSERT_FALSE(private_one);
  EXPECT_EQ(private_one.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(private_one.error().message.find("mediaUrls[0]"), std::string::npos);
  answer(policy::FileFacts{"image/png", 100});
  EXPECT_EQ(sent(picture()).message.state, "submitted");
}

TEST_F(OutboundMediaTest, ARepeatHearsTheFirstAnswer) {
  answer(policy::FileFacts{"image/png", 100});
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
