// load_examples <plugin folder> <cache folder> <probe>
// Loads every plugin of the folder as an email provider through the provider manager and sends one
// message, which must end with the provider's own answer: here is no network.

#include <chrono>
#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "config/config.h"
#include "config/node.h"
#include "plugin/host_factory.h"
#include "plugin/provider_manager.h"
#include "plugin/services/cache.h"
#include "plugin/thread_executor.h"
#include "telemetry/metrics.h"

namespace {

using namespace commsd;          // a program of one file
using namespace commsd::plugin;  // the same

config::ProviderConfig key() {
  const Result<JsonDocument> json = JsonDocument::parse(R"({"api_key":"key-of-a-test"})");
  return {"commsd.yaml", "providers.email.config", config::from_json(json->root())};
}

bool works(ProviderManager& manager, config::Config& config, const std::string& name) {
  config.providers["email"].use = name;
  config.providers["email"].config = key();
  if (const Result<void> loaded = manager.reload(config); !loaded) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), loaded.error().message.c_str());
    return false;
  }
  const std::shared_ptr<EmailProvider> email = manager.email({});
  if (!email || email->name() != name) {
    for (const ProviderState& state : manager.states()) {
      std::fprintf(stderr, "%s: %s\n", state.name.c_str(), state.reason.c_str());
    }
    return false;
  }
  OutboundMessage message;
  message.from = "a@example.com";
  message.to = "b@example.com";
  message.text = "hello";
  ThreadExecutor executor;
  const Result<Receipt> receipt = executor.run(email->send(message, std::chrono::seconds(5)));
  if (receipt || receipt.error().code != ErrorCode::unavailable) {
    std::fprintf(stderr, "%s: a send without a network ended as %s\n", name.c_str(),
                 receipt ? "sent" : receipt.error().message.c_str());
    return false;
  }
  std::printf("%s: loaded and asked\n", name.c_str());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  SystemClock clock;
  SystemRandom random;
  ProviderCaches caches;
  telemetry::Metrics metrics;
  config::Config config;
  config.plugins.path = {arguments[1]};
  config.plugins.cache_dir = arguments[2];
  ProviderManager::Options options;
  options.make_host = service_hosts(ServiceParts{nullptr, nullptr, clock, random, caches, metrics});
  options.probe_program = arguments[3];
  ProviderManager manager(std::move(options));
  if (!manager.start(config)) return 1;

  int found = 0;
  for (const ProviderState& state : manager.states()) {
    // A manager of its own: a reload would keep the one before, as health needs a network.
    ProviderManager::Options own;
    own.make_host = service_hosts(ServiceParts{nullptr, nullptr, clock, random, caches, metrics});
    own.probe_program = arguments[3];
    ProviderManager one(std::move(own));
    if (state.status != ProviderStatus::disabled || !works(one, config, state.name)) {
      std::fprintf(stderr, "%s: %s\n", state.file.c_str(), state.reason.c_str());
      return 1;
    }
    ++found;
  }
  return found >= 2 ? 0 : 1;
}
