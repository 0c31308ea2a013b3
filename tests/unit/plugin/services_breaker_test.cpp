#include <gtest/gtest.h>

#include "plugin/services/origin_breaker.h"

namespace commsd::plugin {
namespace {

using Kind = net::TransportFailure::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kUrl = "https://api.example.com/messages?x=1";

class Breaker : public ::testing::Test {
 protected:
  void fail(Kind kind, int times = 1, int status = 0) {
    for (; times > 0; --times) {
      net::TransportFailure failure;
      failure.kind = kind;
      failure.status = status;
      breaker_.note(kUrl, tl::unexpected(failure), now_);
    }
  }
  bool admits(const char* url = kUrl) { return breaker_.admits(url, now_); }

  OriginBreaker breaker_;
  OriginBreaker::Moment now_{seconds(1000)};
};

TEST_F(Breaker, TenFailuresOfTheNetworkInARowOpenIt) {
  fail(Kind::not_sent, 9);
  EXPECT_TRUE(admits());
  fail(Kind::timeout_maybe_sent);
  EXPECT_FALSE(admits());
  EXPECT_FALSE(admits("https://api.example.com/other"));
  EXPECT_TRUE(admits("https://media.example.com/"));
  now_ += milliseconds(1001);
  EXPECT_TRUE(admits());  // one finds out
  EXPECT_FALSE(admits());
}

TEST_F(Breaker, EachPauseIsLongerUntilThereIsAnAnswer) {
  fail(Kind::not_sent, 10);
  milliseconds pause(1000);
  for (int times = 0; times < 8; ++times) {
    now_ += pause;
    ASSERT_TRUE(admits()) << times;
    fail(Kind::not_sent);
    pause = std::min<milliseconds>(pause * 2, seconds(30));
    now_ += pause - milliseconds(1);
    EXPECT_FALSE(admits()) << times;
    now_ += milliseconds(1);
  }
  ASSERT_TRUE(admits());
  breaker_.note(kUrl, net::HttpResponseIn{503, {}, ""}, now_);
  EXPECT_TRUE(admits());
  EXPECT_TRUE(admits());
}

TEST_F(Breaker, WhatIsNotTheNetworksFaultDoesNotCount) {
  fail(Kind::not_sent, 9);
  fail(Kind::refused_by_egress, 5);
  fail(Kind::cancelled, 5);
  EXPECT_TRUE(admits());
  fail(Kind::maybe_sent, 1, 200);  // there was an answer, cut off: they start again
  fail(Kind::not_sent, 9);
  EXPECT_TRUE(admits());
}

TEST_F(Breaker, LateFailuresOfOldRequestsSayNothingNew) {
  fail(Kind::not_sent, 10);
  fail(Kind::not_sent, 200);
  now_ += milliseconds(1001);
  EXPECT_TRUE(admits());
}

}  // namespace
}  // namespace commsd::plugin
