#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "config/config.h"
#include "config/node.h"
#include "plugin/host_factory.h"
#include "plugin/provider_manager.h"
#include "plugin/services/cache.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {

/// A plugin folder of the test's own, with everything a manager needs and no network.
class PluginBed : public ::testing::Test {
 protected:
  PluginBed() {
    std::string pattern = std::filesystem::temp_directory_path() / "commsd-plugin-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(plugins());
    std::filesystem::permissions(plugins(), std::filesystem::perms(0755));
  }
  ~PluginBed() override { std::filesystem::remove_all(folder_); }

  std::string plugins() const { return folder_ + "/plugins"; }
  std::string cache() const { return folder_ + "/cache"; }
  const std::string& folder() const { return folder_; }

  static std::string built(const std::string& name) {
    return std::string(COMMSD_TEST_PLUGINS) + "/" + name + ".so";
  }
  /// Puts a built plugin into the folder, as a package would: written aside, then renamed.
  std::string install(const std::string& name, const std::string& as) const {
    const std::string path = plugins() + "/" + as;
    write(path + ".new", read(built(name)));
    std::filesystem::rename(path + ".new", path);
    return path;
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    ::chmod(path.c_str(), 0644);
  }

  config::Config configuration() const {
    config::Config config;
    config.plugins.path = {plugins()};
    config.plugins.cache_dir = cache();
    config.plugins.probe_timeout_ms = 1500;
    return config;
  }
  static config::ProviderConfig settings(const std::string& json) {
    const Result<JsonDocument> document = JsonDocument::parse(json);
    return config::ProviderConfig("commsd.yaml", "providers.test.config",
                                  config::from_json(document->root()));
  }
  static void use(config::Config& config, const std::string& slot, const std::string& name,
                  const std::string& json = "{}") {
    config.providers[slot].use = name;
    config.providers[slot].config = settings(json);
  }

  ProviderManager::Options options() {
    ProviderManager::Options options;
    options.make_host = service_hosts(parts_);
    options.host_version = "test";
    options.probe_program = COMMSD_PROBE;
    return options;
  }

  static const ProviderState* state_in(const std::vector<ProviderState>& states,
                                       const std::string& slot) {
    for (const ProviderState& state : states) {
      if (state.slot == slot) return &state;
    }
    return nullptr;
  }

 private:
  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  ProviderCaches caches_;
  telemetry::Metrics metrics_;
  ServiceParts parts_{nullptr, nullptr, clock_, random_, caches_, metrics_};
};

}  // namespace commsd::plugin
