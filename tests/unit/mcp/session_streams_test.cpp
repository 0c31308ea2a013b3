#include "mcp/session_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

using ::testing::ElementsAre;
using Resumption = SessionStreams::Resumption;

class Recorder final : public EventSink {
 public:
  bool send(std::string_view json, std::string_view id) override {
    if (closed_) return false;
    data.emplace_back(json);
    ids.emplace_back(id);
    return true;
  }
  void retry_after(std::chrono::milliseconds) override { ++retries; }
  void close() override { closed_ = true; }
  bool closed() const override { return closed_; }
  Task<bool> written() override { co_return true; }

  std::vector<std::string> data;
  std::vector<std::string> ids;
  int retries = 0;

 private:
  bool closed_ = false;
};

class SessionStreamsTest : public ::testing::Test {
 protected:
  ManualClock clock_{1'000'000};
  SessionStreams streams_{clock_, "e", true, {8, 100, 1000}};
  std::shared_ptr<Recorder> first_ = std::make_shared<Recorder>();
  std::shared_ptr<Recorder> second_ = std::make_shared<Recorder>();
};

TEST_F(SessionStreamsTest, AResumedStreamGoesOnWhereItBroke) {
  const auto stream = streams_.open(first_);
  const auto other = streams_.open(std::make_shared<Recorder>());
  streams_.send(stream, "a");
  streams_.send(other, "x");
  streams_.send(stream, "b");
  EXPECT_THAT(first_->data, ElementsAre("", "a", "b"));
  EXPECT_THAT(first_->ids, ElementsAre("e.1.0", "e.1.1", "e.1.2"));
  streams_.detach(first_.get());
  streams_.send(stream, "c");
  ASSERT_TRUE(streams_.resume("e.1.1", second_));
  EXPECT_THAT(second_->data, ElementsAre("", "b", "c"));
  streams_.finish(stream, "d");
  EXPECT_THAT(second_->ids, ElementsAre("e.1.1", "e.1.2", "e.1.3", "e.1.4"));
  EXPECT_EQ(streams_.finish(stream, "again"), nullptr);
}

TEST_F(SessionStreamsTest, AFinishedStreamCanBeReadAgainForAWhile) {
  const auto stream = streams_.open(first_);
  streams_.finish(stream, "response");
  clock_.advance(std::chrono::milliseconds(999));
  ASSERT_TRUE(streams_.resume("e.1.0", second_));
  EXPECT_THAT(second_->data, ElementsAre("", "response"));
  EXPECT_TRUE(second_->closed());
  clock_.advance(std::chrono::milliseconds(1000));
  EXPECT_EQ(streams_.look_up("e.1.0"), Resumption::unknown);
  EXPECT_EQ(streams_.kept_events(), 0u);
}

TEST_F(SessionStreamsTest, MuchIsSentAgainInParts) {
  SessionStreams streams{clock_, "e", true, {8, 1000, 1000, 200}};
  const std::string half(100, 'h');
  const std::string large(500, 'l');
  const auto stream = streams.open(first_);
  streams.detach(first_.get());
  for (const std::string& json : {half, half, large}) streams.send(stream, json);
  streams.finish(stream, "response");
  std::string last = "e.1.0";
  std::vector<std::string> received;
  for (int connections = 1; connections <= 4; ++connections) {
    const auto sink = std::make_shared<Recorder>();
    ASSERT_TRUE(streams.resume(last, sink));
    EXPECT_TRUE(sink->closed());
    received.insert(received.end(), sink->data.begin() + 1, sink->data.end());
    last = sink->ids.back();
  }
  EXPECT_THAT(received, ElementsAre(half, half, large, "response"));
}

TEST_F(SessionStreamsTest, SaysWhenAResponseThatWaitedWasFetched) {
  const auto stream = streams_.open(first_);
  const auto taken = streams_.taken(stream);
  streams_.detach(first_.get());
  EXPECT_EQ(streams_.finish(stream, "response"), nullptr);
  EXPECT_FALSE(taken.completed());
  ASSERT_TRUE(streams_.resume("e.1.0", second_));
  EXPECT_TRUE(taken.completed());
}

TEST_F(SessionStreamsTest, KnowsItsOwnEventIdsOnly) {
  streams_.open(first_);
  streams_.reserve_standalone();
  streams_.open_standalone(second_);
  for (const char* id : {"", "e", "e.1", "e.1.1", "e.3.0", "e.s1.0", "f.1.0", "e.1.0.0", "e..0",
                         "e.1.-1", "e.1.99999999999", "e. 1.0", "1.0.e"}) {
    const bool standalone = std::string_view(id) == "e.s1.0";
    EXPECT_EQ(streams_.look_up(id), standalone ? Resumption::standalone : Resumption::unknown)
        << id;
  }
  EXPECT_EQ(streams_.look_up("e.1.0"), Resumption::known);
  EXPECT_EQ(streams_.look_up("e.s2.0"), Resumption::known);
  EXPECT_EQ(streams_.look_up("f.s9.4"), Resumption::standalone);
}

TEST_F(SessionStreamsTest, KeepsResponsesLongerThanProgress) {
  const auto answered = streams_.open(first_);
  streams_.finish(answered, "response");
  const auto busy = streams_.open(second_);
  for (int i = 0; i < 50; ++i) streams_.send(busy, "p");
  EXPECT_EQ(streams_.kept_events(), 8u);
  EXPECT_EQ(streams_.look_up("e.1.0"), Resumption::known);
  streams_.send(busy, std::string(101, 'x'));  // too large to keep at all
  EXPECT_EQ(streams_.kept_events(), 8u);
  streams_.finish(busy, std::string(100, 'r'));
  EXPECT_EQ(streams_.kept_events(), 1u);
  EXPECT_EQ(streams_.look_up("e.1.0"), Resumption::unknown);
  EXPECT_EQ(streams_.look_up("e.2.0"), Resumption::known);
}

TEST_F(SessionStreamsTest, HasOneStandaloneStream) {
  EXPECT_FALSE(streams_.send_standalone("lost"));
  EXPECT_TRUE(streams_.reserve_standalone());
  EXPECT_FALSE(streams_.reserve_standalone());
  streams_.open_standalone(first_);
  EXPECT_FALSE(streams_.reserve_standalone());
  streams_.detach(first_.get());
  EXPECT_TRUE(streams_.send_standalone("kept"));
  ASSERT_TRUE(streams_.resume("e.s1.0", second_));
  EXPECT_THAT(second_->data, ElementsAre("", "kept"));
  streams_.detach(second_.get());
  EXPECT_TRUE(streams_.reserve_standalone());
  const auto third = std::make_shared<Recorder>();
  streams_.open_standalone(third);
  EXPECT_THAT(third->data, ElementsAre(""));
  EXPECT_EQ(streams_.look_up("e.s1.0"), Resumption::standalone);
  streams_.detach(third.get());
  clock_.advance(std::chrono::milliseconds(1000));
  EXPECT_FALSE(streams_.send_standalone("nobody came back"));
}

TEST_F(SessionStreamsTest, AWireWithoutResumptionKeepsNothing) {
  SessionStreams plain(clock_, "", false);
  plain.reserve_standalone();
  plain.open_standalone(first_);
  plain.send_standalone("a");
  EXPECT_THAT(first_->data, ElementsAre("a"));
  EXPECT_THAT(first_->ids, ElementsAre(""));
  EXPECT_EQ(first_->retries, 0);
  EXPECT_EQ(plain.kept_events(), 0u);
}

TEST_F(SessionStreamsTest, TheEndForgetsEverything) {
  const auto stream = streams_.open(first_);
  streams_.send(stream, "a");
  EXPECT_TRUE(streams_.connected());
  streams_.close_all();
  EXPECT_TRUE(first_->closed());
  EXPECT_FALSE(streams_.connected());
  EXPECT_FALSE(streams_.send(stream, "b"));
  EXPECT_EQ(streams_.look_up("e.1.0"), Resumption::unknown);
}

}  // namespace
}  // namespace commsd::mcp
