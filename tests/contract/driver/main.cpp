#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "command.h"
#include "config/config.h"
#include "config/node.h"
#include "net/http_client.h"
#include "net/ws_client.h"
#include "plugin/host_factory.h"
#include "plugin/services/cache.h"
#include "plugin/services/service_host.h"
#include "telemetry/metrics.h"

// provider-driver FILE: loads providers the way the server does, with the server's own HTTP and
// WebSocket clients, then answers each line of its input with one line. FILE is JSON:
//   {"plugins": "folder of the .so files", "cache": "a folder for itself",
//    "allow": ["http://127.0.0.1:24101"],          the mocks; all else must be https and public
//    "providers": {"email": {"use": "resend", "config": {...}}}}
// The first line it writes says how each slot came up. It ends with its input.

namespace commsd::contract {
namespace {

using plugin::ProviderManager;

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

config::Config configuration(const JsonValue& given) {
  config::Config config;
  config.plugins.path = {std::string(given.string("plugins").value_or(""))};
  config.plugins.cache_dir = std::string(given.string("cache").value_or(""));
  if (const auto providers = given.get("providers")) {
    providers->each_member([&](std::string_view slot, JsonValue entry) {
      const std::string name(slot);
      config.providers[name].use = std::string(entry.string("use").value_or(""));
      if (const auto settings = entry.get("config")) {
        config.providers[name].config = config::ProviderConfig(
            "driver.json", "providers." + name + ".config", config::from_json(*settings));
      }
    });
  }
  return config;
}

std::string states(const ProviderManager& manager) {
  JsonWriter out;
  out.begin_object().key("slots").begin_array();
  for (const plugin::ProviderState& state : manager.states()) {
    if (state.slot.empty()) continue;
    out.begin_object().field("slot", state.slot).field("name", state.name);
    out.field("status", plugin::to_string(state.status)).field("reason", state.reason);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

std::string error_line(const Error& error) {
  JsonWriter out;
  out.begin_object().key("error").begin_object().field("code", to_string(error.code));
  out.field("message", error.message).field("cause", error.cause);
  out.field("vendorCode", error.vendor_code).field("remedy", error.remedy);
  out.field("retryAfterMs", error.retry_after.count());
  return out.end_object().end_object().take();
}

Answer run(Stage& stage, const std::string& line) {
  const Result<JsonDocument> document = JsonDocument::parse(line);
  if (!document) return fail(document.error());
  const Command command(document->root());
  const std::string slot = command.text("slot");
  const std::string op = command.text("op");
  if (op == "check") {
    const Result<void> healthy = stage.executor.run(stage.manager.check(slot));
    if (!healthy) return fail(healthy.error());
    return std::string("{}");
  }
  if (slot == "storage") return run_storage_command(stage, op, command);
  if (slot == "tts" || slot == "stt") return run_speech_command(stage, slot, op, command);
  if (slot == "voice") return run_voice_command(stage, op, command);
  return run_message_command(stage, slot, op, command);
}

int drive(const char* file) {
  const Result<JsonDocument> settings = JsonDocument::parse(read_file(file));
  if (!settings) {
    std::cerr << file << ": " << settings.error().message << '\n';
    return EXIT_FAILURE;
  }
  net::EgressPolicy::Rules rules;
  if (const auto allow = settings->root().get("allow")) {
    allow->each([&](JsonValue one) { rules.exceptions.emplace_back(one.string().value_or("")); });
  }
  const auto policy = net::EgressPolicy::make(rules);
  if (!policy) {
    std::cerr << policy.error() << '\n';
    return EXIT_FAILURE;
  }
  auto resolver = std::make_shared<net::Resolver>();
  auto shared = std::make_shared<const net::EgressPolicy>(*policy);
  net::HttpClient http(net::HttpClient::Options(), resolver, shared);
  net::WsClient ws(net::WsClient::Options(), resolver, shared);
  SystemClock clock;
  SystemRandom random;
  plugin::ProviderCaches caches;
  telemetry::Metrics metrics;
  plugin::testing::RealTimeExecutor executor;

  ProviderManager::Options options;
  options.make_host = plugin::service_hosts({&http, &ws, clock, random, caches, metrics});
  options.host_version = "driver";
  ProviderManager manager(options);
  if (const auto started = manager.start(configuration(settings->root())); !started) {
    std::cout << error_line(started.error()) << std::endl;
    return EXIT_FAILURE;
  }
  Stage stage{manager, executor};
  std::cout << states(manager) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const Answer answer = run(stage, line);
    std::cout << (answer ? *answer : error_line(answer.error())) << std::endl;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace commsd::contract

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: provider-driver FILE\n";
    return 2;
  }
  return commsd::contract::drive(words[1]);
}
