#include "net/event_loop.h"

#include <array>
#include <future>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/task.h"
#include "net/event_loops.h"

namespace commsd::net {
namespace {

/// Runs `job` on the loop and waits for it.
void run_on(EventLoop& loop, const std::function<void()>& job) {
  std::promise<void> done;
  loop.post([&] {
    job();
    done.set_value();
  });
  done.get_future().get();
}

TEST(EventLoop, RunsJobsInOrderFromManyThreads) {
  EventLoops loops(1);
  constexpr int each = 5000;
  std::array<int, 4> last{};
  std::atomic<int> out_of_order{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < last.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1; i <= each; ++i)
        loops.at(0).post([&, t, i] {
          if (last[t] + 1 != i) ++out_of_order;
          last[t] = i;
        });
    });
  }
  for (std::thread& thread : threads) thread.join();
  run_on(loops.at(0), [] {});
  EXPECT_EQ(out_of_order, 0);
  for (const int count : last) EXPECT_EQ(count, each);
}

TEST(EventLoop, TimersFireInOrderAndCancelledOnesDoNot) {
  EventLoops loops(1);
  EventLoop& loop = loops.at(0);
  std::vector<int> fired;
  std::promise<void> done;
  run_on(loop, [&] {
    loop.start_timer(std::chrono::milliseconds(30), [&] {
      fired.push_back(3);
      done.set_value();
    });
    loop.start_timer(std::chrono::milliseconds(10), [&] { fired.push_back(1); });
    const Executor::TimerId cancelled =
        loop.start_timer(std::chrono::milliseconds(20), [&] { fired.push_back(2); });
    EXPECT_TRUE(loop.cancel_timer(cancelled));
    EXPECT_FALSE(loop.cancel_timer(cancelled));
  });
  done.get_future().get();
  EXPECT_EQ(fired, (std::vector<int>{1, 3}));
}

TEST(EventLoop, ACoroutineResumesOnTheLoopItWaitedOn) {
  EventLoops loops(2);
  std::promise<bool> same;
  struct Run {
    static Task<void> hop(EventLoops& loops, std::promise<bool>& same) {
      co_await sleep_for(std::chrono::milliseconds(5));
      bool right = loops.at(0).in_loop_thread();
      co_await resume_on(loops.at(1));
      right = right && loops.at(1).in_loop_thread();
      co_await sleep_for(std::chrono::milliseconds(5));
      same.set_value(right && loops.at(1).in_loop_thread());
    }
  };
  spawn(loops.at(0), Run::hop(loops, same));
  EXPECT_TRUE(same.get_future().get());
}

TEST(EventLoop, ARemovedDescriptorGetsNoStaleEventEvenWhenItsNumberIsTakenAgain) {
  class Removing final : public EventHandler {
   public:
    explicit Removing(std::function<void()> call) : call_(std::move(call)) {}
    void on_events(std::uint32_t) override { call_(); }

   private:
    std::function<void()> call_;
  };
  EventLoops loops(1);
  EventLoop& loop = loops.at(0);
  std::array<int, 2> first{};
  std::array<int, 2> second{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, first.data()), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second.data()), 0);
  int events = 0;
  int stale = 0;
  Removing newcomer([&] { ++stale; });
  int reused = -1;
  const auto take_over = [&](std::array<int, 2>& own, std::array<int, 2>& other) {
    ++events;
    loop.remove(own[0]);
    if (reused >= 0) return;
    loop.remove(other[0]);
    close(other[0]);
    reused = socket(AF_UNIX, SOCK_STREAM, 0);  // takes the lowest free number: other[0]
    loop.add(reused, EPOLLIN, newcomer);
    loop.modify(reused, 0);
  };
  Removing one([&] { take_over(first, second); });
  Removing two([&] { take_over(second, first); });
  run_on(loop, [&] {
    ASSERT_EQ(write(first[1], "x", 1), 1);
    ASSERT_EQ(write(second[1], "x", 1), 1);
    loop.add(first[0], EPOLLIN, one);
    loop.add(second[0], EPOLLIN, two);
  });
  run_on(loop, [] {});
  run_on(loop, [] {});
  EXPECT_EQ(events, 1);
  run_on(loop, [&] { loop.remove(reused); });
  for (const int descriptor : {first[1], second[1], reused}) close(descriptor);
}

TEST(EventLoop, JobsPostedAfterTheEndAreDestroyedUnrun) {
  EventLoops loops(1);
  loops.stop();
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = owned;
  bool ran = false;
  loops.at(0).post([owned = std::move(owned), &ran] { ran = true; });
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace commsd::net
