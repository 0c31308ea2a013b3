#include <atomic>
#include <thread>

#include "plugin/thread_executor.h"
#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

using std::chrono::milliseconds;

class SwapWatched : public PluginBed {
 protected:
  void SetUp() override { install("scripted_v1", "scripted.so"); }

  /// A manager that looks often, so that the test need not wait.
  std::unique_ptr<ProviderManager> manager(SwapRules rules) {
    rules.look_every = milliseconds(2);
    ProviderManager::Options with = options();
    with.watch = rules;
    return std::make_unique<ProviderManager>(std::move(with));
  }
  config::Config email(const std::string& json) const {
    config::Config config = configuration();
    use(config, "email", "scripted", json);
    return config;
  }
  static Result<Receipt> send(ProviderManager& from, ThreadExecutor& executor,
                              const std::string& text = "ok") {
    OutboundMessage message;
    message.channel = ChannelKind::email;
    message.from = "a@example.com";
    message.to = "b@example.com";
    message.text = text;
    const std::shared_ptr<EmailProvider> provider = from.email({});
    return executor.run(provider->send(std::move(message), milliseconds(5000)));
  }
  /// Waits, without end but that of the test run, until the new generation's time is over.
  static ProviderState outcome(const ProviderManager& manager) {
    while (state_in(manager.states(), "email")->standby != 0) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    return *state_in(manager.states(), "email");
  }

  ThreadExecutor executor_;
};

TEST_F(SwapWatched, AGenerationThatFailsItsWorkGivesWayUnderTraffic) {
  const auto swapped = manager({});
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 2; ++caller) {
    callers.emplace_back([&] {
      ThreadExecutor executor;
      while (!stop) {
        ++(send(*swapped, executor) ? sent : failed);
        std::this_thread::yield();
      }
    });
  }
  while (sent < 20) std::this_thread::yield();
  EXPECT_EQ(state_in(swapped->states(), "email")->standby, 0U);
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new","trouble":"sends"})")));
  const ProviderState back = outcome(*swapped);
  const int sent_before = sent;
  while (sent < sent_before + 20) std::this_thread::yield();  // the old one works on
  stop = true;
  for (std::thread& caller : callers) caller.join();

  EXPECT_GE(failed, 3);
  EXPECT_EQ(back.generation, 1U);
  EXPECT_EQ(back.status, ProviderStatus::healthy);
  EXPECT_EQ(back.reason.find("generation 2 (1.0.0) was put in force and taken back: "), 0U)
      << back.reason;
  EXPECT_NE(back.reason.find("operations failed, and 0 of "), std::string::npos) << back.reason;
  EXPECT_EQ(send(*swapped, executor_)->vendor_id, "1.0.0:old:ok");

  // a reload tries again, and what is well then stays
  ASSERT_TRUE(swapped->reload(email(R"({"label":"mended"})")));
  EXPECT_EQ(send(*swapped, executor_)->vendor_id, "1.0.0:mended:ok");
  EXPECT_EQ(state_in(swapped->states(), "email")->reason, "");
}

TEST_F(SwapWatched, AGenerationThatFallsSickGivesWay) {
  SwapRules rules;
  rules.ask_every = milliseconds(5);
  const auto swapped = manager(rules);
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new","trouble":"health"})")));
  const ProviderState back = outcome(*swapped);
  EXPECT_EQ(back.generation, 1U);
  EXPECT_NE(back.reason.find("its health check failed: "), std::string::npos) << back.reason;
  EXPECT_EQ(send(*swapped, executor_)->vendor_id, "1.0.0:old:ok");
}

TEST_F(SwapWatched, NewCodeGivesWayToTheOldCode) {
  SwapRules rules;
  rules.ask_every = milliseconds(5);
  const auto swapped = manager(rules);
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  install("scripted_v2", "scripted.so");
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new","trouble":"health"})")));
  const ProviderState back = outcome(*swapped);
  EXPECT_EQ(back.version, "1.0.0");
  EXPECT_EQ(back.reason.find("generation 2 (2.0.0) was put in force and taken back: "), 0U)
      << back.reason;
  EXPECT_EQ(send(*swapped, executor_)->vendor_id, "1.0.0:old:ok");
}

TEST_F(SwapWatched, TheSlotsOfOneInstanceGiveWayTogether) {
  const auto swapped = manager({});
  const auto both = [this](const std::string& json) {
    config::Config config = email(json);
    use(config, "telephony", "scripted", json);
    return config;
  };
  ASSERT_TRUE(swapped->start(both(R"({"label":"old"})")));
  ASSERT_TRUE(swapped->reload(both(R"({"label":"new","trouble":"sends"})")));
  for (int times = 0; times < 3; ++times) EXPECT_FALSE(send(*swapped, executor_));
  EXPECT_EQ(outcome(*swapped).generation, 1U);
  EXPECT_EQ(state_in(swapped->states(), "telephony")->generation, 1U);
  EXPECT_EQ(state_in(swapped->states(), "telephony")->standby, 0U);
}

TEST_F(SwapWatched, NothingGivesWayToWhatIsSickItself) {
  SwapRules rules;
  rules.window = milliseconds(50);
  const auto swapped = manager(rules);
  ASSERT_TRUE(swapped->start(email(R"({"label":"old","healthy":false})")));
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new","trouble":"sends"})")));
  for (int times = 0; times < 5; ++times) EXPECT_FALSE(send(*swapped, executor_));
  const ProviderState stayed = outcome(*swapped);
  EXPECT_EQ(stayed.generation, 2U);
  EXPECT_EQ(stayed.reason, "");
}

TEST_F(SwapWatched, WhatRecipientsRefuseIsNoFaultOfTheProvider) {
  const auto swapped = manager({});
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new"})")));
  EXPECT_EQ(state_in(swapped->states(), "email")->standby, 1U);
  for (int times = 0; times < 50; ++times) {
    EXPECT_FALSE(send(*swapped, executor_, "fail:" + std::to_string(COMMS_REJECTED)));
  }
  const ProviderState stayed = outcome(*swapped);  // it stood the test of fifty operations
  EXPECT_EQ(stayed.generation, 2U);
  EXPECT_EQ(send(*swapped, executor_)->vendor_id, "1.0.0:new:ok");
}

TEST_F(SwapWatched, WhatWasNoBetterBeforeIsNoReason) {
  const auto swapped = manager({});
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  const std::string unavailable = "fail:" + std::to_string(COMMS_UNAVAILABLE);
  for (int times = 0; times < 10; ++times) EXPECT_FALSE(send(*swapped, executor_, unavailable));
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new"})")));
  for (int times = 0; times < 50; ++times) EXPECT_FALSE(send(*swapped, executor_, unavailable));
  EXPECT_EQ(outcome(*swapped).generation, 2U);
}

TEST_F(SwapWatched, AManagerEndsInTheMiddleOfAWatch) {
  const auto swapped = manager({});
  ASSERT_TRUE(swapped->start(email(R"({"label":"old"})")));
  ASSERT_TRUE(swapped->reload(email(R"({"label":"new"})")));
  EXPECT_EQ(state_in(swapped->states(), "email")->standby, 1U);
}

}  // namespace
}  // namespace commsd::plugin
