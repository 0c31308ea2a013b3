#include "plugin/thread_executor.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace commsd::plugin {
namespace {

TEST(ThreadExecutor, StopWaitsForWhatRunsAndDropsWhatWaits) {
  ThreadExecutor executor;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<int> ran{0};
  const auto held = std::make_shared<int>(7);
  executor.post([&] {
    executor.start_timer(std::chrono::hours(1), [&ran, held] { ++ran; });
    begun.set_value();
    go_on.get_future().wait();
    ++ran;
  });
  begun.get_future().wait();
  executor.post([&ran, held] { ++ran; });
  std::thread other([&] { executor.stop(); });
  go_on.set_value();
  other.join();
  EXPECT_GE(ran, 1);
  const int by_then = ran;
  executor.post([&ran, held] { ++ran; });
  EXPECT_EQ(ran, by_then);
  EXPECT_EQ(held.use_count(), 1) << "nothing is kept that will never run";
  executor.stop();
}

}  // namespace
}  // namespace commsd::plugin
