#pragma once

#include "base/manual_executor.h"
#include "plugin_bed.h"

namespace commsd::plugin {

/// A manager with the scripted telephony and speech, and beside them the sandbox as it is shipped.
class CallsBed : public PluginBed {
 protected:
  static constexpr std::chrono::milliseconds kLimit{1000};

  void SetUp() override {
    install("scripted_calls", "calls.so");
    write(plugins() + "/sandbox.so", read(COMMSD_SANDBOX_PLUGIN));
    start(scripted_, "calls");
    start(sandbox_, "sandbox");
  }

  ManualExecutor executor_;
  std::unique_ptr<ProviderManager> scripted_;
  std::unique_ptr<ProviderManager> sandbox_;

 private:
  void start(std::unique_ptr<ProviderManager>& manager, const std::string& name) {
    config::Config config = configuration();
    for (const char* slot : {"telephony", "tts", "stt", "voice"}) {
      use(config, slot, name,
          name == "sandbox" ? R"({"webhook_secret":"0123456789abcdef"})" : "{}");
    }
    manager = std::make_unique<ProviderManager>(options());
    const Result<void> started = manager->start(config);
    ASSERT_TRUE(started) << started.error().message;
    const std::vector<ProviderState> states = manager->states();
    for (const char* slot : {"telephony", "tts", "stt", "voice"}) {
      const ProviderState* state = state_in(states, slot);
      ASSERT_TRUE(state);
      ASSERT_EQ(state->status, ProviderStatus::healthy) << state->reason;
    }
  }
};

}  // namespace commsd::plugin
