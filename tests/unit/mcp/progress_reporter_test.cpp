#include "mcp/progress_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/manual_executor.h"

namespace commsd::mcp {
namespace {

using ::testing::HasSubstr;

class ProgressReporterTest : public ::testing::Test {
 protected:
  std::vector<double> values() const {
    std::vector<double> found;
    for (const std::string& json : sent_) {
      found.push_back(
          JsonDocument::parse(json)->root().get("params")->get("progress")->number().value());
    }
    return found;
  }

  std::vector<std::string> sent_;
  ManualExecutor executor_;
  std::shared_ptr<ProgressReporter> reporter_ = std::make_shared<ProgressReporter>(
      [this](std::string_view json) { sent_.emplace_back(json); }, "\"t\"");
};

TEST_F(ProgressReporterTest, OnlyGrows) {
  reporter_->report(0, 100, "begun");
  reporter_->report(50, 100, "");
  reporter_->report(50, 100, "");
  reporter_->report(20, 100, "");
  reporter_->report(100, 100, "");
  EXPECT_THAT(values(), ::testing::ElementsAre(0, 50, 100));
  EXPECT_THAT(sent_[0],
              HasSubstr(R"({"progressToken":"t","progress":0,"total":100,"message":"begun"})"));
}

TEST_F(ProgressReporterTest, BeatsWhileTheToolIsSilent) {
  const auto wait = [this]() -> Task<void> {
    reporter_->start();
    co_await sleep_for(std::chrono::seconds(31));
    reporter_->report(1, 0, "");
    co_await sleep_for(std::chrono::seconds(10));
    reporter_->report(2, 0, "");
    co_await sleep_for(std::chrono::seconds(20));
    reporter_->stop();
    co_await sleep_for(std::chrono::seconds(60));
  };
  executor_.run(wait(), std::chrono::seconds(300));
  const std::vector<double> seen = values();
  ASSERT_EQ(seen.size(), 5u);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_GT(seen[i], seen[i - 1]);
  EXPECT_EQ(seen[2], 1);
  EXPECT_EQ(seen[3], 2);
}

}  // namespace
}  // namespace commsd::mcp
