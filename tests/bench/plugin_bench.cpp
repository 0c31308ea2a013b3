#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/manual_executor.h"
#include "base/random.h"
#include "config/config.h"
#include "config/node.h"
#include "plugin/host_factory.h"
#include "plugin/provider_manager.h"
#include "plugin/services/cache.h"
#include "telemetry/metrics.h"

// What the border between host and provider costs: calls through the typed facades into the real
// sandbox.so, loaded and checked as the server does it.

namespace commsd::plugin {
namespace {

class Loaded {
 public:
  Loaded() {
    std::string pattern = std::filesystem::temp_directory_path() / "commsd-bench-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ + "/plugins");
    std::filesystem::copy(COMMSD_BINARY_DIR "/plugins/sandbox.so", folder_ + "/plugins");
    config::Config config;
    config.plugins.path = {folder_ + "/plugins"};
    config.plugins.cache_dir = folder_ + "/cache";
    const Result<JsonDocument> settings =
        JsonDocument::parse(R"({"webhook_secret":"not a secret but long"})");
    config.providers["telephony"].use = "sandbox";
    config.providers["telephony"].config = config::ProviderConfig(
        "commsd.yaml", "providers.telephony.config", config::from_json(settings->root()));
    ProviderManager::Options options;
    options.make_host = service_hosts(parts_);
    options.host_version = "bench";
    options.probe_program = COMMSD_BENCH_PROBE;
    manager_ = std::make_unique<ProviderManager>(options);
    const Result<void> started = manager_->start(config);
    provider = manager_->telephony({});
    if (!started || !provider) {
      std::fprintf(stderr, "sandbox.so was not loaded\n");
      std::abort();
    }
  }
  ~Loaded() {
    provider.reset();
    manager_.reset();
    std::filesystem::remove_all(folder_);
  }

  ManualExecutor executor;
  std::shared_ptr<TelephonyProvider> provider;

  /// The look-up that precedes every call.
  std::shared_ptr<TelephonyProvider> in_force() { return manager_->telephony({}); }

 private:
  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  ProviderCaches caches_;
  telemetry::Metrics metrics_;
  ServiceParts parts_{nullptr, nullptr, clock_, random_, caches_, metrics_};
  std::unique_ptr<ProviderManager> manager_;
};

/// Loaded once: the library measures each function several times.
Loaded& shared() {
  static Loaded loaded;
  return loaded;
}

void provider_in_force(benchmark::State& state) {
  Loaded& loaded = shared();
  for (auto _ : state) benchmark::DoNotOptimize(loaded.in_force());
}
BENCHMARK(provider_in_force);

/// Host to plugin and back with a result, including the executor's part in it.
void send_message(benchmark::State& state) {
  Loaded& loaded = shared();
  OutboundMessage message;
  message.channel = ChannelKind::sms;
  message.from = "+14155550100";
  message.to = "+14155550101";
  message.text = "Your table is booked for eight.";
  message.client_reference = message.idempotency_key = "att_1";
  for (auto _ : state) {
    const Result<Receipt> receipt =
        loaded.executor.run(loaded.provider->send(message, std::chrono::milliseconds(1000)));
    if (!receipt) state.SkipWithError(receipt.error().message.c_str());
  }
}
BENCHMARK(send_message)->Iterations(100000);

WebhookRequest inbound() {
  WebhookRequest request;
  request.method = "POST";
  request.url = "https://comms.example.com/webhooks/sandbox/sms";
  request.headers = {{"X-Sandbox-Signature", std::string(64, '0')}};
  request.body = R"({"id":"m1","from":"+14155550100","to":"+14155550101","text":"See you there."})";
  return request;
}

/// One HMAC-SHA256 through the crypto service, which refuses.
void verify_webhook(benchmark::State& state) {
  Loaded& loaded = shared();
  const WebhookRequest request = inbound();
  for (auto _ : state) {
    const Result<void> verified = loaded.provider->verify_webhook(request);
    if (verified) state.SkipWithError("a wrong signature was taken");
  }
}
BENCHMARK(verify_webhook);

/// A body parsed through the JSON service and an event handed back.
void parse_webhook(benchmark::State& state) {
  Loaded& loaded = shared();
  const WebhookRequest request = inbound();
  for (auto _ : state) {
    const auto events = loaded.provider->parse_webhook(request);
    if (!events || events->size() != 1) state.SkipWithError("no event");
  }
}
BENCHMARK(parse_webhook);

}  // namespace
}  // namespace commsd::plugin
