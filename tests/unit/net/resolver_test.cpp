#include "net/resolver.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

Addresses ask(Resolver& resolver, const std::string& host) {
  auto answer = std::make_shared<std::promise<Addresses>>();
  resolver.resolve(host, [answer](const Addresses& found) { answer->set_value(found); });
  return answer->get_future().get();
}

TEST(Resolver, system_lookup_knows_localhost_and_no_nonsense) {
  Resolver resolver;
  const Addresses local = ask(resolver, "localhost");
  ASSERT_TRUE(local);
  EXPECT_TRUE(local->front() == "127.0.0.1" || local->front() == "::1");
  EXPECT_FALSE(ask(resolver, "no-such-host.invalid"));
}

TEST(Resolver, remembers_answers_and_failures) {
  std::atomic<int> lookups{0};
  Resolver::Options options;
  options.lookup = [&lookups](const std::string& host) -> Addresses {
    ++lookups;
    if (host == "bad.test") return tl::unexpected(std::string("no"));
    return std::vector<std::string>{"192.0.2.1"};
  };
  Resolver resolver(options);
  EXPECT_EQ(ask(resolver, "good.test")->front(), "192.0.2.1");
  EXPECT_EQ(ask(resolver, "GOOD.test")->front(), "192.0.2.1");
  EXPECT_FALSE(ask(resolver, "bad.test"));
  EXPECT_FALSE(ask(resolver, "bad.test"));
  EXPECT_EQ(lookups, 2);
}

TEST(Resolver, an_expired_answer_is_asked_again) {
  std::atomic<int> lookups{0};
  Resolver::Options options;
  options.ttl = std::chrono::milliseconds(0);
  options.lookup = [&lookups](const std::string&) -> Addresses {
    ++lookups;
    return std::vector<std::string>{"192.0.2.1"};
  };
  Resolver resolver(options);
  ask(resolver, "a.test");
  ask(resolver, "a.test");
  EXPECT_EQ(lookups, 2);
}

TEST(Resolver, callers_share_one_lookup_and_the_queue_is_bounded) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> lookups{0};
  Resolver::Options options;
  options.threads = 1;
  options.max_queued = 1;
  options.lookup = [&lookups, released](const std::string&) -> Addresses {
    ++lookups;
    released.wait();
    return std::vector<std::string>{"192.0.2.1"};
  };
  Resolver resolver(options);
  std::atomic<int> answered{0};
  for (int i = 0; i < 10; ++i) {
    resolver.resolve("slow.test",
                     [&answered](const Addresses& found) { answered += found ? 1 : 0; });
  }
  EXPECT_FALSE(ask(resolver, "other.test"));  // one host under way is all that may wait
  release.set_value();
  EXPECT_TRUE(ask(resolver, "slow.test"));
  while (answered < 10) std::this_thread::yield();
  EXPECT_EQ(lookups, 1);
}

TEST(Resolver, every_caller_hears_of_a_shutdown) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::promise<void> begun;
  Resolver::Options options;
  options.threads = 1;
  options.lookup = [&begun, released](const std::string& host) -> Addresses {
    if (host == "first.test") {
      begun.set_value();
      released.wait();
    }
    return std::vector<std::string>{"192.0.2.1"};
  };
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  {
    auto resolver = std::make_unique<Resolver>(options);
    resolver->resolve("first.test", [&first](const Addresses&) { ++first; });
    begun.get_future().wait();
    resolver->resolve("second.test", [&second, &release](const Addresses& found) {
      EXPECT_FALSE(found);
      ++second;
      release.set_value();
    });
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace commsd::net
