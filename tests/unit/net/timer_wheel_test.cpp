#include "net/timer_wheel.h"

#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

class Probe final : public TimerNode {
 public:
  explicit Probe(std::function<void()> fired) : fired_(std::move(fired)) {}

 private:
  void on_timer() override { fired_(); }
  std::function<void()> fired_;
};

TEST(TimerWheel, FiresAtItsTickAndNotBefore) {
  TimerWheel wheel;
  wheel.advance(1000);
  int fired = 0;
  Probe probe([&] { ++fired; });
  wheel.arm(probe, 1010);
  EXPECT_EQ(wheel.next_wait(1000), 10);
  wheel.advance(1009);
  EXPECT_EQ(fired, 0);
  wheel.advance(1010);
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(probe.armed());
  EXPECT_EQ(wheel.next_wait(1010), -1);
}

TEST(TimerWheel, ATimerOfALaterRoundStays) {
  TimerWheel wheel;
  int fired = 0;
  Probe probe([&] { ++fired; });
  wheel.arm(probe, 3 * 4096 + 5);
  for (std::int64_t now = 1; now < 3 * 4096 + 5; ++now) wheel.advance(now);
  EXPECT_EQ(fired, 0);
  wheel.advance(3 * 4096 + 5);
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ALongSleepFiresEverythingOnce) {
  TimerWheel wheel;
  int fired = 0;
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 1; i < 20000; i += 7) {
    probes.push_back(std::make_unique<Probe>([&] { ++fired; }));
    wheel.arm(*probes.back(), i);
  }
  wheel.advance(1'000'000);
  EXPECT_EQ(fired, static_cast<int>(probes.size()));
}

TEST(TimerWheel, WhatIsOverdueWhenArmedFiresInTheNextTick) {
  TimerWheel wheel;
  wheel.advance(500);
  int fired = 0;
  Probe probe([&] { ++fired; });
  wheel.arm(probe, 100);
  EXPECT_EQ(wheel.next_wait(500), 1);
  wheel.advance(501);
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ACallbackMayDisarmDestroyAndRearmOthersOfItsTick) {
  TimerWheel wheel;
  std::unique_ptr<Probe> destroyed;
  int again = 0;
  bool wrong = false;
  Probe disarmed([&] { wrong = true; });
  std::unique_ptr<Probe> repeating;
  repeating = std::make_unique<Probe>([&] {
    wheel.disarm(disarmed);
    destroyed.reset();
    if (++again < 3) wheel.arm(*repeating, 10);
  });
  destroyed = std::make_unique<Probe>([&] { wrong = true; });
  wheel.arm(*repeating, 10);
  wheel.arm(disarmed, 10);
  wheel.arm(*destroyed, 10);
  for (std::int64_t now = 1; now <= 20; ++now) wheel.advance(now);
  EXPECT_EQ(again, 3);
  EXPECT_FALSE(wrong);
}

TEST(TimerWheel, NextWaitFindsASlotBehindTheEndOfTheRing) {
  TimerWheel wheel;
  wheel.advance(4090);
  Probe probe([] {});
  wheel.arm(probe, 4100);
  EXPECT_EQ(wheel.next_wait(4090), 10);
  wheel.disarm(probe);
  EXPECT_EQ(wheel.next_wait(4090), -1);
  wheel.arm(probe, 4090 + 4095);
  EXPECT_EQ(wheel.next_wait(4090), 4095);
}

TEST(TimerWheel, ANodeMayOutliveTheWheel) {
  Probe probe([] {});
  {
    TimerWheel wheel;
    wheel.arm(probe, 10);
  }
  EXPECT_FALSE(probe.armed());
}

}  // namespace
}  // namespace commsd::net
