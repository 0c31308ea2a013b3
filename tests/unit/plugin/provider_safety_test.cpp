// What the manager does about instances that hang, that do too much at once, that go where they may
// not, and that crashed the server.

#include <atomic>
#include <thread>

#include "base/manual_executor.h"
#include "net/http_client.h"
#include "plugin/provider_manager.h"
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

/// Runs tasks side by side.
class Senders {
 public:
  ~Senders() { join(); }
  void send(const std::shared_ptr<EmailProvider>& email, const std::string& text,
            milliseconds limit) {
    threads_.emplace_back([this, email, text, limit] {
      ThreadExecutor executor;
      const Result<Receipt> receipt = executor.run(email->send(saying(text), limit));
      const std::lock_guard lock(mutex_);
      answers_.push_back(receipt ? "ok" : std::string(to_string(receipt.error().code)));
    });
  }
  std::vector<std::string> join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return answers_;
  }
  std::size_t answered() const {
    const std::lock_guard lock(mutex_);
    return answers_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> answers_;
  std::vector<std::thread> threads_;
};

class ProviderSafety : public PluginBed {
 protected:
  void SetUp() override { install("scripted_v1", "scripted.so"); }

  config::Config email(const std::string& json = "{}") const {
    config::Config config = configuration();
    use(config, "email", "scripted", json);
    return config;
  }
  ProviderManager::Options watchful() {
    ProviderManager::Options with = options();
    with.calls.stuck = milliseconds(20);
    with.look_at_calls_every = milliseconds(2);
    return with;
  }
  Result<Receipt> send(ProviderManager& manager, const std::string& text) {
    return executor_.run(manager.email({})->send(saying(text), milliseconds(5000)));
  }

  ThreadExecutor executor_;
};

TEST_F(ProviderSafety, AnInstanceThatDoesNotReturnGivesWayToTheFallback) {
  config::Config config = email(R"({"label":"first"})");
  config.providers["email"].fallback = {"scripted-b"};
  ProviderManager manager(watchful());
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(send(manager, "ok")->vendor_id, "1.0.0:first:ok");
  Senders senders;
  senders.send(manager.email({}), "block:1500", milliseconds(5000));
  while (state_in(manager.states(), "email")->status != ProviderStatus::stuck) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(send(manager, "ok")->vendor_id, "1.0.0:b:ok");
  EXPECT_NE(state_in(manager.states(), "email")->reason.find("did not return in time"),
            std::string::npos);
  EXPECT_EQ(manager.summary().lost_threads, 1U);
  ASSERT_EQ(manager.summary().restart_advised.size(), 1U);
  EXPECT_NE(manager.summary().restart_advised[0].find("'scripted' does not return"),
            std::string::npos);
  // A reload makes a new instance; what the old one does is its own affair.
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(send(manager, "ok")->vendor_id, "1.0.0:first:ok");
  EXPECT_EQ(state_in(manager.states(), "email")->status, ProviderStatus::healthy);
  senders.join();
}

TEST_F(ProviderSafety, WithoutAFallbackThereIsNoProviderUntilItIsBack) {
  ProviderManager::Options with = watchful();
  with.calls.first_pause = milliseconds(1);
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(email()));
  Senders senders;
  senders.send(manager.email({}), "block:300", milliseconds(5000));
  while (manager.email({})) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(manager.why_none("the channel 'email'", {}).message,
            "no provider serves the channel 'email' now; configured, but not serving: scripted "
            "(email: stuck)");
  EXPECT_EQ(senders.join(), std::vector<std::string>{"ok"});
  while (!manager.email({})) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(send(manager, "ok"));
}

TEST_F(ProviderSafety, AtMostSoManyOperationsAsTheManifestSays) {
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(email()));
  const std::shared_ptr<EmailProvider> held = manager.email({});
  Senders senders;
  for (int count = 0; count < 8; ++count) senders.send(held, "hold:400", milliseconds(5000));
  // the ninth waits, and for no longer than it may
  std::string ninth;
  while (ninth != "timeout") {
    const Result<Receipt> receipt = executor_.run(held->send(saying("ok"), milliseconds(30)));
    ninth = receipt ? "ok" : std::string(to_string(receipt.error().code));
    ASSERT_LT(senders.answered(), 8U) << "they were done before all had begun";
  }
  EXPECT_EQ(executor_.run(held->send(saying("ok"), milliseconds(5000)))->vendor_id,
            "1.0.0:plain:ok");
  EXPECT_EQ(senders.join(), std::vector<std::string>(8, "ok"));
}

TEST_F(ProviderSafety, WhatAReplacedInstanceDoesIsEndedAfterAWhile) {
  ProviderManager::Options with = options();
  with.watch = SwapRules();
  with.watch->window = milliseconds(1);
  with.watch->look_every = milliseconds(1);
  with.watch->drain = milliseconds(50);
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(email(R"({"label":"old"})")));
  Senders senders;
  const std::shared_ptr<EmailProvider> old = manager.email({});
  senders.send(old, "hold:60000", milliseconds(100'000));
  senders.send(old, "later", milliseconds(5000));
  while (senders.answered() < 1) std::this_thread::sleep_for(milliseconds(1));
  ASSERT_TRUE(manager.reload(email(R"({"label":"new"})")));
  EXPECT_EQ(senders.join(), (std::vector<std::string>{"ok", "unavailable"}));
  EXPECT_EQ(send(manager, "ok")->vendor_id, "1.0.0:new:ok");
}

TEST_F(ProviderSafety, ASessionStaysOnTheInstanceThatItBeganOn) {
  install("scripted_calls", "calls.so");
  config::Config config = configuration();
  use(config, "stt", "calls");
  ProviderManager::Options with = options();
  with.watch = SwapRules();
  with.watch->window = milliseconds(1);
  with.watch->look_every = milliseconds(1);
  with.watch->drain = milliseconds(1);
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(config));
  ManualExecutor caller;
  std::string heard;
  bool ended = false;
  const auto session = caller.run([](ProviderManager& from, std::string& words,
                                     bool& over) -> Task<Result<std::shared_ptr<SttSession>>> {
    ListenRequest request;
    request.encoding = "pcm_s16le";
    request.sample_rate = 8000;
    co_return from.stt({})->open(std::move(request),
                                 {[&words](Heard one) { words += one.text; },
                                  [&over](Result<void> how) { over = how.has_value(); }});
  }(manager, heard, ended));
  ASSERT_TRUE(session) << session.error().message;
  const auto old_one = state_in(manager.states(), "stt")->generation;
  write(plugins() + "/calls.so", read(built("scripted_calls")) + " ");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_GT(state_in(manager.states(), "stt")->generation, old_one);
  while (state_in(manager.states(), "stt")->standby != 0) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  std::this_thread::sleep_for(milliseconds(20));  // far beyond the drain limit
  EXPECT_TRUE((*session)->audio("to the end"));
  (*session)->finish(milliseconds(1000));
  caller.run_ready();
  EXPECT_EQ(heard, "to the end");
  EXPECT_TRUE(ended);
}

TEST_F(ProviderSafety, ItGoesNowhereButWhereItsManifestSays) {
  net::HttpClient client({}, std::make_shared<net::Resolver>(),
                         std::make_shared<const net::EgressPolicy>());
  SystemClock clock;
  SystemRandom random;
  ProviderCaches caches;
  telemetry::Metrics metrics;
  ProviderManager::Options with = options();
  with.make_host = service_hosts(ServiceParts{&client, nullptr, clock, random, caches, metrics});
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(email()));
  EXPECT_EQ(state_in(manager.states(), "email")->egress,
            std::vector<std::string>{"https://api.scripted.invalid"});
  for (const char* elsewhere :
       {"https://evil.example/", "http://api.scripted.invalid/", "https://127.0.0.1/",
        "https://api.scripted.invalid.evil.example/", "https://api.scripted.invalid:8443/",
        "https://api.scripted.invalid@evil.example/", "file:///etc/passwd"}) {
    const Result<Receipt> receipt = send(manager, std::string("fetch:") + elsewhere);
    ASSERT_FALSE(receipt) << elsewhere;
    EXPECT_EQ(receipt.error().code, ErrorCode::permission_denied) << elsewhere;
  }
  // allowed, but there is nobody of that name
  EXPECT_EQ(send(manager, "fetch:https://api.scripted.invalid/x").error().code,
            ErrorCode::unavailable);
}

TEST_F(ProviderSafety, WhoCrashedTheServerTwiceIsHeldBackUntilEnabled) {
  const std::string state_dir = folder() + "/state";
  std::filesystem::create_directory(state_dir);
  config::Config config = email(R"({"label":"first"})");
  config.providers["email"].fallback = {"sound"};
  install("broken_sound", "sound.so");
  const auto start = [&] {
    ProviderManager::Options with = options();
    with.state_dir = state_dir;
    auto manager = std::make_unique<ProviderManager>(std::move(with));
    EXPECT_TRUE(manager->start(config));
    return manager;
  };
  const ProviderState before = *state_in(start()->states(), "email");
  EXPECT_EQ(before.status, ProviderStatus::healthy);
  // what a crash leaves behind; crash_journal_test.cpp and fault/crash.mjs let it happen
  const std::string line = " test.scripted " + before.sha256 + " SIGABRT\n";
  write(state_dir + "/plugin-crashes", "crash 1000" + line);
  EXPECT_EQ(state_in(start()->states(), "email")->status, ProviderStatus::healthy);
  write(state_dir + "/plugin-crashes", "crash 1000" + line + "crash 1300" + line);
  const auto manager = start();
  const ProviderState held = *state_in(manager->states(), "email");
  EXPECT_EQ(held.status, ProviderStatus::safe_mode);
  EXPECT_NE(held.reason.find("commsctl plugins enable scripted"), std::string::npos) << held.reason;
  EXPECT_EQ(manager->email({})->name(), "sound");
  EXPECT_EQ(manager->enable("sound").error().code, ErrorCode::not_found);
  EXPECT_EQ(manager->enable("nobody").error().code, ErrorCode::not_found);
  ASSERT_EQ(*manager->enable("scripted"), "test.scripted");
  ASSERT_TRUE(manager->reload(config));
  EXPECT_EQ(send(*manager, "ok")->vendor_id, "1.0.0:first:ok");
  EXPECT_EQ(state_in(start()->states(), "email")->status, ProviderStatus::healthy);
}

TEST_F(ProviderSafety, SafeModeStartsWithoutThePluginsOfOthers) {
  const std::string second = folder() + "/admin";
  std::filesystem::create_directory(second);
  std::filesystem::permissions(second, std::filesystem::perms(0755));
  write(second + "/scripted.so", read(built("scripted_v2")));
  write(second + "/sound.so", read(built("broken_sound")));
  config::Config config = email(R"({"label":"x"})");
  config.providers["email"].fallback = {"sound"};
  config.plugins.path.push_back(second);
  {
    ProviderManager manager(options());
    ASSERT_TRUE(manager.start(config));
    EXPECT_EQ(send(manager, "ok")->vendor_id, "2.0.0:x:ok");
    EXPECT_FALSE(manager.summary().safe_mode);
  }
  ProviderManager::Options with = options();
  with.safe_mode = true;
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(config));
  EXPECT_TRUE(manager.summary().safe_mode);
  EXPECT_EQ(send(manager, "ok")->vendor_id, "1.0.0:x:ok") << "the packaged one is back";
  EXPECT_EQ(manager.for_channel(ChannelKind::email, {}).size(), 1U);
  const std::vector<ProviderState> states = manager.states();
  EXPECT_EQ(states[1].name, "sound");
  EXPECT_EQ(states[1].status, ProviderStatus::safe_mode);
  EXPECT_NE(states[1].reason.find("--safe-mode"), std::string::npos);
}

TEST_F(ProviderSafety, ReplacedLibrariesAreCountedAndARestartAdvised) {
  config::Config config = email();
  config.plugins.restart_advised_over = 1;
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(manager.summary().mapped, 1U);
  EXPECT_EQ(manager.summary().retired, 0U);
  for (const char* version : {"scripted_v2", "broken_sound"}) {
    install(version, "scripted.so");
    if (std::string(version) == "broken_sound") use(config, "email", "sound");
    ASSERT_TRUE(manager.reload(config));
  }
  EXPECT_EQ(manager.summary().mapped, 3U);
  EXPECT_EQ(manager.summary().retired, 2U);
  ASSERT_EQ(manager.summary().restart_advised.size(), 1U);
  EXPECT_NE(manager.summary().restart_advised[0].find("2 plugin libraries"), std::string::npos);
}

}  // namespace
}  // namespace commsd::plugin
