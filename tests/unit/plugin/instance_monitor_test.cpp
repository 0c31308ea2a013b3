#include "plugin/instance_monitor.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace commsd::plugin {
namespace {

using std::chrono::milliseconds;

/// Somebody who is inside a plugin until told to come out.
class Visitor {
 public:
  template <typename Enter>
  explicit Visitor(Enter enter)
      : thread_([this, enter] {
          const auto call = enter();
          inside_ = true;
          while (!out_) std::this_thread::yield();
        }) {
    while (!inside_) std::this_thread::yield();
  }
  ~Visitor() { come_out(); }
  void come_out() {
    out_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> inside_{false};
  std::atomic<bool> out_{false};
  std::thread thread_;
};

InstanceMonitor::Limits at_once() {
  InstanceMonitor::Limits limits;
  limits.stuck = milliseconds(1);
  limits.first_pause = milliseconds(1);
  return limits;
}

void look_until(const InstanceMonitor& monitor, std::size_t lost) {
  while (monitor.lost_threads() != lost) {
    InstanceMonitor::look_at_calls();
    std::this_thread::yield();
  }
}

TEST(InstanceMonitor, ACallThatDoesNotReturnIsSeenAndForgiven) {
  InstanceMonitor monitor("acme", "com.acme", "aa", 4, at_once());
  InstanceMonitor other("other", "com.other", "bb", 4, at_once());
  EXPECT_FALSE(monitor.stuck());
  EXPECT_EQ(monitor.trouble(), "");
  {
    Visitor visitor([&] { return std::make_unique<InstanceMonitor::Call>(monitor, "send"); });
    look_until(monitor, 1);
    EXPECT_TRUE(monitor.stuck());
    EXPECT_FALSE(other.stuck());
    EXPECT_NE(monitor.trouble().find("1 call into it did not return in time"), std::string::npos);
  }
  look_until(monitor, 0);
  while (monitor.stuck()) std::this_thread::yield();  // for the pause
  EXPECT_EQ(monitor.trouble(), "");
}

TEST(InstanceMonitor, AfterACallIsBackThereIsAPause) {
  InstanceMonitor::Limits limits = at_once();
  limits.first_pause = std::chrono::hours(1);
  limits.longest_pause = std::chrono::hours(2);
  InstanceMonitor monitor("acme", "com.acme", "aa", 4, limits);
  {
    Visitor visitor([&] { return std::make_unique<InstanceMonitor::Call>(monitor, "send"); });
    look_until(monitor, 1);
  }
  look_until(monitor, 0);
  EXPECT_TRUE(monitor.stuck());
  EXPECT_NE(monitor.trouble().find("tried again after a pause"), std::string::npos);
}

TEST(InstanceMonitor, CallsThatBlockCountOnceNoThreadIsLeft) {
  InstanceMonitor monitor("acme", "com.acme", "aa", 2, at_once());
  const auto blocking = [&] {
    return std::make_unique<InstanceMonitor::Call>(monitor, "block", milliseconds(1));
  };
  Visitor first(blocking);
  look_until(monitor, 1);
  EXPECT_FALSE(monitor.stuck());
  Visitor second(blocking);
  look_until(monitor, 2);
  EXPECT_TRUE(monitor.stuck());
}

TEST(InstanceMonitor, WhatHasNoLimitIsNeverLate) {
  InstanceMonitor monitor("acme", "com.acme", "aa", 1, at_once());
  Visitor visitor(
      [&] { return std::make_unique<InstanceMonitor::Call>(monitor, "create", milliseconds(0)); });
  InstanceMonitor::look_at_calls();
  EXPECT_EQ(monitor.lost_threads(), 0U);
}

TEST(InstanceMonitor, ACallWithinACallGivesTheOuterOneBack) {
  InstanceMonitor outer("outer", "com.outer", "aa", 4, at_once());
  InstanceMonitor::Limits patient;
  patient.stuck = std::chrono::hours(1);
  InstanceMonitor inner("inner", "com.inner", "bb", 4, patient);
  std::atomic<bool> inner_done{false};
  Visitor visitor([&] {
    auto call = std::make_unique<InstanceMonitor::Call>(outer, "send");
    inner.timed("release", [] { return 0; });
    inner_done = true;
    return call;
  });
  look_until(outer, 1);
  EXPECT_EQ(inner.lost_threads(), 0U);
}

TEST(InstanceMonitor, SlowCallsAreCounted) {
  InstanceMonitor::Limits limits;
  limits.slow = milliseconds(0);
  InstanceMonitor monitor("acme", "com.acme", "aa", 4, limits);
  EXPECT_EQ(monitor.timed("send", [] { return 7; }), 7);
  EXPECT_EQ(monitor.slow_calls(), 1U);
}

TEST(InstanceMonitor, ALongReadMayBeSlowButNotForEver) {
  InstanceMonitor::Limits limits = at_once();
  limits.slow = milliseconds(0);
  limits.long_read = std::chrono::hours(1);
  InstanceMonitor patient("acme", "com.acme", "aa", 4, limits);
  limits.long_read = milliseconds(1);
  InstanceMonitor hasty("hasty", "com.hasty", "bb", 4, limits);
  EXPECT_EQ(patient.timed_long_read("parse_webhook", [] { return 7; }), 7);
  EXPECT_EQ(patient.slow_calls(), 0U);
  const auto long_read = [](InstanceMonitor& monitor) {
    return [&monitor] {
      return std::make_unique<InstanceMonitor::Call>(monitor, "parse_webhook",
                                                     InstanceMonitor::Call::LongRead());
    };
  };
  Visitor first(long_read(patient));
  Visitor second(long_read(hasty));
  look_until(hasty, 1);
  EXPECT_TRUE(hasty.stuck());
  EXPECT_FALSE(patient.stuck());
}

}  // namespace
}  // namespace commsd::plugin
