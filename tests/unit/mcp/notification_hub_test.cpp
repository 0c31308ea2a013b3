#include "mcp/notification_hub.h"

#include <atomic>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;
using ::testing::ElementsAre;

struct Listener {
  Listener(NotificationHub& hub, const Principal& principal)
      : subscription(hub.subscribe(
            principal, [this](const Change& change) { heard.push_back(change.subject); })) {}
  std::vector<std::string> heard;
  NotificationHub::Subscription subscription;
};

Change change(std::string subject, std::string org, std::string agent) {
  return {Change::Kind::resource, std::move(subject), {}, std::move(org), std::move(agent)};
}

TEST(NotificationHubTest, ReachesThoseItConcernsAndNobodyElse) {
  NotificationHub hub;
  Listener agent(hub, {Role::agent, "t1", "org_1", "agt_1"});
  Listener sibling(hub, {Role::agent, "t2", "org_1", "agt_2"});
  Listener organization(hub, {Role::organization, "t3", "org_1", ""});
  Listener stranger(hub, {Role::organization, "t4", "org_2", ""});
  Listener namesake(hub, {Role::agent, "t5", "org_2", "agt_1"});
  Listener orchestrator(hub, {Role::orchestrator, "t6", "", ""});
  hub.publish(change("a", "org_1", "agt_1"));
  hub.publish(change("b", "org_1", ""));
  hub.publish(change("c", "", ""));
  EXPECT_THAT(agent.heard, ElementsAre("a", "c"));
  EXPECT_THAT(sibling.heard, ElementsAre("c"));
  EXPECT_THAT(organization.heard, ElementsAre("a", "b", "c"));
  EXPECT_THAT(stranger.heard, ElementsAre("c"));
  EXPECT_THAT(namesake.heard, ElementsAre("c"));
  EXPECT_THAT(orchestrator.heard, ElementsAre("a", "b", "c"));
}

TEST(NotificationHubTest, ASubscriptionEndsWithItsLife) {
  NotificationHub hub;
  const Principal principal{Role::agent, "t", "org_1", "agt_1"};
  Listener stays(hub, principal);
  {
    const Listener goes(hub, principal);
    EXPECT_EQ(hub.subscribers(), 2u);
  }
  EXPECT_EQ(hub.subscribers(), 1u);
  EXPECT_FALSE(hub.idle());
  NotificationHub::Subscription moved = std::move(stays.subscription);
  hub.publish(change("a", "org_1", "agt_1"));
  EXPECT_THAT(stays.heard, ElementsAre("a"));
  moved = {};
  EXPECT_EQ(hub.subscribers(), 0u);
  EXPECT_TRUE(hub.idle());
}

TEST(NotificationHubTest, AListenerMayEndAnotherWhileHearing) {
  NotificationHub hub;
  const Principal principal{Role::agent, "t", "org_1", "agt_1"};
  std::optional<NotificationHub::Subscription> other = hub.subscribe(principal, [](auto&) {});
  const auto first = hub.subscribe(principal, [&](const Change&) { other.reset(); });
  hub.publish(change("a", "org_1", "agt_1"));
  EXPECT_EQ(hub.subscribers(), 1u);
}

TEST(NotificationHubTest, ServesManyThreads) {
  NotificationHub hub;
  std::atomic<int> heard{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const Principal principal{Role::agent, "t", "org_1", "agt_" + std::to_string(i)};
      for (int round = 0; round < 200; ++round) {
        const auto subscription = hub.subscribe(principal, [&](const Change&) { ++heard; });
        hub.publish(change("a", "org_1", principal.agent_id));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(heard, 800);
  EXPECT_EQ(hub.subscribers(), 0u);
}

}  // namespace
}  // namespace commsd::mcp
