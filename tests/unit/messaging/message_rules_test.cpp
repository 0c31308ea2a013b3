#include <gtest/gtest.h>

#include "base/clock.h"
#include "messaging/circuit_breaker.h"
#include "messaging/content.h"
#include "messaging/message_state.h"
#include "messaging/outcome.h"

namespace commsd::messaging {
namespace {

TEST(MessageState, NewsNeverGoesBack) {
  using S = MessageState;
  EXPECT_TRUE(may_follow(S::attempting, S::submitted));
  EXPECT_TRUE(may_follow(S::unknown, S::submitted));
  EXPECT_TRUE(may_follow(S::unknown, S::delivered));
  EXPECT_TRUE(may_follow(S::undelivered, S::delivered));
  EXPECT_FALSE(may_follow(S::delivered, S::submitted));
  EXPECT_FALSE(may_follow(S::delivered, S::undelivered));
  EXPECT_FALSE(may_follow(S::failed, S::delivered));
  for (int i = 0; i <= static_cast<int>(S::cancelled); ++i) {
    const auto state = static_cast<S>(i);
    EXPECT_EQ(parse_message_state(to_string(state)), state);
    EXPECT_FALSE(may_follow(state, state));
  }
}

TEST(Outcome, OnlyProofOfHarmlessnessAllowsAnotherProvider) {
  for (const ErrorCode code :
       {ErrorCode::timeout, ErrorCode::ambiguous, ErrorCode::internal, ErrorCode::cancelled}) {
    EXPECT_EQ(classify(code), OutcomeClass::ambiguous) << to_string(code);
  }
  EXPECT_EQ(classify(ErrorCode::unavailable), OutcomeClass::failover);
  EXPECT_EQ(classify(ErrorCode::rate_limited), OutcomeClass::throttled);
  EXPECT_EQ(classify(ErrorCode::rejected), OutcomeClass::refused);
}

TEST(CircuitBreaker, OpensProbesAndCloses) {
  ManualClock clock(1'700'000'000'000);
  CircuitBreaker breaker(clock);
  for (int i = 0; i < 4; ++i) breaker.report("p", "sms", false);
  EXPECT_TRUE(breaker.allow("p", "sms"));
  breaker.report("p", "sms", false);
  EXPECT_FALSE(breaker.allow("p", "sms"));
  EXPECT_TRUE(breaker.allow("p", "email")) << "a circuit per channel";
  clock.advance(std::chrono::seconds(15));
  EXPECT_TRUE(breaker.allow("p", "sms"));
  EXPECT_FALSE(breaker.allow("p", "sms")) << "one probe at a time";
  breaker.report("p", "sms", false);
  clock.advance(std::chrono::seconds(16));
  EXPECT_FALSE(breaker.allow("p", "sms")) << "the wait has doubled";
  clock.advance(std::chrono::seconds(15));
  EXPECT_TRUE(breaker.allow("p", "sms"));
  breaker.report("p", "sms", true);
  EXPECT_TRUE(breaker.allow("p", "sms"));
  EXPECT_EQ(breaker.states()[0].state, "closed");
}

TEST(Content, SurvivesStorage) {
  plugin::OutboundMessage message;
  message.channel = plugin::ChannelKind::email;
  message.from = "a@example.com";
  message.to = "b@example.com";
  message.subject = "S";
  message.text = "line\nline \"quoted\" \xc3\xa9";
  message.html = "<p>x</p>";
  message.reply_to = "c@example.com";
  message.attachments = {{"f.bin", "application/octet-stream", std::string("\0\xff\x01", 3)}};
  message.template_variables = {{"1", "one"}};
  message.headers = {{"X-A", "b"}};
  message.media_urls = {"https://example.com/a.png"};
  const auto read = decode_content(encode_content(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_content(*read), encode_content(message));
  EXPECT_EQ(read->attachments[0].bytes, message.attachments[0].bytes);
  EXPECT_FALSE(decode_content("{}"));
  EXPECT_FALSE(decode_content("{\"channel\":\"sms\",\"attachments\":[{\"base64\":\"?\"}]}"));
}

TEST(Content, RefusesWhatWouldSplitAHeader) {
  plugin::OutboundMessage message;
  message.channel = plugin::ChannelKind::email;
  message.to = "b@example.com";
  message.text = "x";
  message.subject = "Hello\r\nBcc: everybody@example.com";
  EXPECT_EQ(check_content(message, {}).error().code, ErrorCode::invalid_argument);
  message.subject = "Hello";
  message.to = "b@example.com\r\nBcc: c@example.com";
  EXPECT_EQ(check_content(message, {}).error().code, ErrorCode::invalid_argument);
  message.to = "b@example.com";
  message.attachments = {{"a\r\nb", "text/plain", "x"}};
  EXPECT_EQ(check_content(message, {}).error().code, ErrorCode::invalid_argument);
  message.attachments = {{"a", "text/plain", std::string(21 * 1024 * 1024, 'x')}};
  EXPECT_EQ(check_content(message, {}).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace commsd::messaging
