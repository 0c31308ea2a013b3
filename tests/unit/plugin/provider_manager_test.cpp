#include "plugin/provider_manager.h"

#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <unistd.h>

#include "base/manual_executor.h"
#include "plugin/thread_executor.h"
#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

using std::chrono::milliseconds;

OutboundMessage saying(const std::string& text) {
  OutboundMessage message;
  message.channel = ChannelKind::email;
  message.from = "a@example.com";
  message.to = "b@example.com";
  message.text = text;
  return message;
}

class Manager : public PluginBed {
 protected:
  void SetUp() override { file_ = install("scripted_v1", "scripted.so"); }

  config::Config with_label(const std::string& label) const {
    config::Config config = configuration();
    use(config, "email", "scripted", R"({"label":")" + label + R"("})");
    return config;
  }
  std::string sent(ProviderManager& manager, const Scope& scope = {},
                   const std::string& text = "ok") {
    const auto email = manager.email(scope);
    if (!email) return "no provider";
    const Result<Receipt> receipt = executor_.run(email->send(saying(text), milliseconds(1000)));
    return receipt ? receipt->vendor_id : receipt.error().message;
  }

  std::string file_;
  ManualExecutor executor_;
};

TEST_F(Manager, NamesWhatIsOnOfferWhenANameIsUnknown) {
  install("broken_sound", "sound.so");
  write(plugins() + "/rubbish.so", "rubbish");
  config::Config config = configuration();
  use(config, "email", "scriptd");
  ProviderManager manager(options());
  const Result<void> started = manager.start(config);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(started.error().message,
            "there is no provider 'scriptd' for email; on offer: scripted, scripted-b, sound; " +
                plugins() + "/rubbish.so was refused: it is not an ELF file");
  use(config, "email", "scripted");
  use(config, "tts", "scripted");
  EXPECT_EQ(manager.start(config).error().message.find("the provider 'scripted' does not do tts"),
            0U);
}

TEST_F(Manager, SettingsMustFitTheSchema) {
  ProviderManager manager(options());
  config::Config config = configuration();
  use(config, "email", "scripted", R"({"label":7})");
  const Result<void> started = manager.start(config);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("label"), std::string::npos) << started.error().message;
  use(config, "email", "scripted", R"({"lable":"x"})");
  EXPECT_NE(manager.start(config).error().message.find("lable"), std::string::npos);
}

TEST_F(Manager, WhatThePluginRefusesIsToldAndTheServerLives) {
  ProviderManager manager(options());
  config::Config config = configuration();
  use(config, "email", "scripted", R"({"create":"bad"})");
  ASSERT_TRUE(manager.start(config));
  EXPECT_FALSE(manager.email({}));
  EXPECT_EQ(manager.states().at(0).status, ProviderStatus::failed);
  EXPECT_NE(manager.states().at(0).reason.find("must not be 'bad'"), std::string::npos);
}

TEST_F(Manager, PresetsAndDefaultsFillWhatIsNotSet) {
  ProviderManager manager(options());
  config::Config config = configuration();
  use(config, "email", "scripted");
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(sent(manager), "1.0.0:plain:ok");
  use(config, "email", "scripted-b");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "1.0.0:b:ok");
  use(config, "email", "scripted-b", R"({"label":"own"})");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "1.0.0:own:ok");
  use(config, "email", "test.scripted");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(manager.email({})->name(), "scripted");
}

TEST_F(Manager, FallbacksFollowInOrderAndCanBeNamed) {
  install("broken_sound", "sound.so");
  config::Config config = with_label("first");
  config.providers["email"].fallback = {"sound", "scripted-b"};
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  const auto chain = manager.for_channel(ChannelKind::email, {});
  ASSERT_EQ(chain.size(), 3U);
  EXPECT_EQ(chain[0]->name(), "scripted");
  EXPECT_EQ(chain[1]->name(), "sound");
  EXPECT_EQ(chain[2]->name(), "scripted-b");
  EXPECT_EQ(manager.named(ChannelKind::email, "sound", {}), chain[1]);
  EXPECT_FALSE(manager.named(ChannelKind::email, "resend", {}));
  EXPECT_FALSE(manager.named(ChannelKind::sms, "sound", {}));
}

TEST_F(Manager, TheNearestOverrideCountsAlone) {
  config::Config config = with_label("shared");
  config.providers["email"].fallback = {"scripted-b"};
  config.overrides = {{"org_1", "", "email", "scripted", settings(R"({"label":"one"})"), 0},
                      {"org_1", "agt_1", "email", "scripted", settings(R"({"label":"agent"})"), 0}};
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(sent(manager, {"org_2", "agt_1"}), "1.0.0:shared:ok");
  EXPECT_EQ(sent(manager, {"org_1", "agt_2"}), "1.0.0:one:ok");
  EXPECT_EQ(sent(manager, {"org_1", "agt_1"}), "1.0.0:agent:ok");
  EXPECT_EQ(sent(manager, {"", ""}), "1.0.0:shared:ok");
  EXPECT_EQ(manager.for_channel(ChannelKind::email, {"org_1", "agt_1"}).size(), 1U);
  EXPECT_EQ(manager.for_channel(ChannelKind::email, {"org_2", ""}).size(), 2U);
}

TEST_F(Manager, ListsEveryFileAndWhy) {
  install("broken_sound", "sound.so");
  write(plugins() + "/rubbish.so", "rubbish");
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(with_label("x")));
  const std::vector<ProviderState> states = manager.states();
  ASSERT_EQ(states.size(), 3U);
  EXPECT_EQ(states[0].slot, "email");
  EXPECT_EQ(states[0].status, ProviderStatus::healthy);
  EXPECT_EQ(states[0].version, "1.0.0");
  EXPECT_EQ(states[0].slots, (std::vector<std::string>{"email", "telephony", "storage"}));
  EXPECT_EQ(states[0].generation, 1U);
  EXPECT_EQ(states[1].status, ProviderStatus::refused);
  EXPECT_EQ(states[1].reason, "it is not an ELF file");
  EXPECT_EQ(states[2].status, ProviderStatus::disabled);
  EXPECT_EQ(states[2].name, "sound");
}

TEST_F(Manager, TheLaterFolderWins) {
  const std::string second = folder() + "/admin";
  std::filesystem::create_directory(second);
  write(second + "/scripted.so", read(built("scripted_v2")));
  config::Config config = with_label("x");
  config.plugins.path.push_back(second);
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(sent(manager), "2.0.0:x:ok");
  EXPECT_NE(manager.states().at(1).reason.find("has the same id"), std::string::npos);
}

TEST_F(Manager, AReloadChangesOnlyWhatChanged) {
  config::Config config = with_label("one");
  use(config, "telephony", "scripted-b");
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  const std::uint64_t email = state_in(manager.states(), "email")->generation;
  const std::uint64_t telephony = state_in(manager.states(), "telephony")->generation;
  use(config, "email", "scripted", R"({"label":"two"})");
  const std::shared_ptr<EmailProvider> held = manager.email({});
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "1.0.0:two:ok");
  EXPECT_GT(state_in(manager.states(), "email")->generation, email);
  EXPECT_EQ(state_in(manager.states(), "telephony")->generation, telephony);
  // whoever began with the old one ends with it
  EXPECT_EQ(executor_.run(held->send(saying("ok"), milliseconds(1000)))->vendor_id, "1.0.0:one:ok");
}

TEST_F(Manager, AnInstanceThatIsReplacedWhileItReadsAWebhookReadsItToTheEnd) {
  std::array<int, 2> begun{};
  std::array<int, 2> go_on{};
  ASSERT_EQ(pipe(begun.data()), 0);
  ASSERT_EQ(pipe(go_on.data()), 0);
  ProviderManager manager(options());
  config::Config config = with_label("old");
  config.plugins.watch_seconds = 0;
  config.plugins.drain_seconds = 0;
  ASSERT_TRUE(manager.start(config));
  ThreadExecutor aside;
  WebhookRequest request;
  request.body = "hold:" + std::to_string(begun[1]) + ":" + std::to_string(go_on[0]) + ":";
  request.body += std::string(3'000'000 - request.body.size(), 'x');
  std::promise<Result<std::vector<ProviderEvent>>> read;
  aside.post([provider = manager.email({}), request = std::move(request), &read] {
    read.set_value(provider->parse_webhook(request));
  });
  char word = 0;
  ASSERT_EQ(::read(begun[0], &word, 1), 1);
  use(config, "email", "scripted", R"({"label":"new"})");
  EXPECT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "1.0.0:new:ok");
  EXPECT_EQ(::write(go_on[1], &word, 1), 1);
  const Result<std::vector<ProviderEvent>> events = read.get_future().get();
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().event_id, "old:3000000:x");
  for (const int end : {begun[0], begun[1], go_on[0], go_on[1]}) ::close(end);
}

TEST_F(Manager, ANewFileUnderTheSamePathIsNewCode) {
  ProviderManager manager(options());
  const config::Config config = with_label("x");
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(sent(manager), "1.0.0:x:ok");
  install("scripted_v2", "scripted.so");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "2.0.0:x:ok");
  EXPECT_EQ(manager.states().at(0).version, "2.0.0");
  install("scripted_v1", "scripted.so");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(sent(manager), "1.0.0:x:ok");
}

TEST_F(Manager, AFailedChangeKeepsTheOldOneAndSaysWhy) {
  ProviderManager manager(options());
  config::Config config = with_label("works");
  ASSERT_TRUE(manager.start(config));
  const auto still_works = [&](const std::string& why) {
    EXPECT_EQ(sent(manager), "1.0.0:works:ok");
    EXPECT_EQ(manager.states().at(0).status, ProviderStatus::healthy);
    EXPECT_NE(manager.states().at(0).reason.find(why), std::string::npos)
        << manager.states().at(0).reason;
  };
  use(config, "email", "scripted", R"({"create":"bad"})");
  ASSERT_TRUE(manager.reload(config));
  still_works("must not be 'bad'");
  use(config, "email", "scripted", R"({"create":"crash"})");
  ASSERT_TRUE(manager.reload(config));
  still_works("crashed with SIGABRT in its create function");
  use(config, "email", "scripted", R"({"healthy":false})");
  ASSERT_TRUE(manager.reload(config));
  still_works("health check failed");
  write(file_, "rubbish");
  use(config, "email", "scripted", R"({"label":"works"})");
  EXPECT_TRUE(manager.reload(config));
  still_works("it is not an ELF file");
  use(config, "email", "nobody");
  EXPECT_FALSE(manager.reload(config));  // a wrong name changes nothing at all
  still_works("it is not an ELF file");
  install("scripted_v1", "scripted.so");
  ASSERT_TRUE(manager.reload(with_label("again")));
  EXPECT_EQ(sent(manager), "1.0.0:again:ok");
  EXPECT_EQ(manager.states().at(0).reason, "");
}

TEST_F(Manager, ChecksSayWhoIsSick) {
  ProviderManager manager(options());
  config::Config config = configuration();
  use(config, "email", "scripted", R"({"healthy":false})");
  ASSERT_TRUE(manager.start(config));
  EXPECT_TRUE(manager.email({}));  // sick is better than none
  const Result<void> health = executor_.run(manager.check("email"));
  ASSERT_FALSE(health);
  EXPECT_EQ(health.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(manager.states().at(0).status, ProviderStatus::degraded);
  EXPECT_NE(manager.states().at(0).reason.find("as the test asked"), std::string::npos);
  EXPECT_EQ(executor_.run(manager.check("tts")).error().code, ErrorCode::not_found);
}

TEST_F(Manager, GoodVerdictsAreRemembered) {
  {
    ProviderManager manager(options());
    ASSERT_TRUE(manager.start(with_label("x")));
  }
  ProviderManager::Options without = options();
  without.probe_program = folder() + "/no-such-program";
  ProviderManager manager(std::move(without));
  ASSERT_TRUE(manager.start(with_label("x")));
  EXPECT_EQ(sent(manager), "1.0.0:x:ok");
  ASSERT_TRUE(manager.reload(with_label("y")));  // another configuration is another verdict
  EXPECT_NE(manager.states().at(0).reason.find("no-such-program"), std::string::npos);
}

TEST_F(Manager, SwapsUnderLoadLoseNothing) {
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(with_label("0")));
  std::atomic<bool> stop{false};
  std::atomic<int> started{0};
  std::atomic<int> accepted{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      ThreadExecutor executor;
      while (!stop) {
        const std::shared_ptr<EmailProvider> email = manager.email({});
        ++started;
        const char* text = caller == 0 ? "ok" : "later";
        const Result<Receipt> receipt = executor.run(email->send(saying(text), milliseconds(5000)));
        if (receipt && receipt->vendor_id.ends_with(text)) ++accepted;
      }
    });
  }
  for (int swap = 1; swap <= 40; ++swap) {
    if (swap % 10 == 0) install(swap % 20 == 0 ? "scripted_v1" : "scripted_v2", "scripted.so");
    config::Config config = with_label(std::to_string(swap));
    if (swap % 7 == 0) use(config, "email", "scripted", R"({"create":"bad"})");
    EXPECT_TRUE(manager.reload(config));
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(started, 40);
  EXPECT_EQ(started, accepted);
  EXPECT_GE(manager.states().at(0).generation, 30U);
}

TEST_F(Manager, AProviderOutlivesItsManager) {
  std::shared_ptr<EmailProvider> held;
  {
    ProviderManager manager(options());
    ASSERT_TRUE(manager.start(with_label("x")));
    held = manager.email({});
  }
  EXPECT_EQ(executor_.run(held->send(saying("ok"), milliseconds(1000)))->vendor_id, "1.0.0:x:ok");
}

}  // namespace
}  // namespace commsd::plugin
