#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "plugin/crash_journal.h"
#include "plugin/generation.h"
#include "plugin/host_factory.h"
#include "plugin/loaded_plugin.h"
#include "plugin/plugin_probe.h"
#include "plugin/provider_catalog.h"
#include "plugin/provider_state.h"
#include "plugin/trust_gate.h"

namespace commsd::plugin {

/// Why no generation could be made, and how far it came.
struct LoadFailure {
  /// refused: the file is at fault; failed: the instance; safe_mode: it is held back.
  ProviderStatus status = ProviderStatus::failed;
  std::string reason;
  std::string sha256;  // empty when it was not even hashed
};

/// The way of a file into the process: admit, probe, map, make an instance. Used by one thread at a
/// time.
class ProviderLoader {
 public:
  struct Options {
    HostFactory make_host;
    std::string host_version;
    std::string probe_program;
    std::chrono::milliseconds create_limit{5000};
    std::vector<std::string> trusted_roots;
    std::shared_ptr<const CrashJournal> crashes;  // null: none is held back
    InstanceMonitor::Limits calls;
    std::string pins_file;  // digests of uploaded plugins; see recorded_pins.h
  };
  explicit ProviderLoader(Options options);

  /// Begins a round: each file is hashed once in it, so that all slots see the same content.
  void begin(const config::PluginsConfig& config);

  /// Blocks. Tries, several at a time, what of `plan` load() would try one after another. A first
  /// start with forty plugins would else wait mostly for forty children in a row.
  void examine_ahead(const std::vector<WantedProvider>& plan);

  /// Blocks. `existing` is returned when it was made of the same content, name and configuration
  /// and is not stuck.
  tl::expected<std::shared_ptr<Generation>, LoadFailure> load(
      const WantedProvider& wanted, const std::shared_ptr<Generation>& existing);

  /// How many libraries are in memory. [any thread]
  std::size_t mapped() const { return mapped_; }

 private:
  tl::expected<AdmittedFile, LoadFailure> admit_once(const PluginFile& file);
  Result<std::shared_ptr<const LoadedPlugin>> open_once(const AdmittedFile& file,
                                                        const Manifest& manifest,
                                                        const InstanceMonitor& monitor);
  std::shared_ptr<const comms_host> make_host(const WantedProvider& wanted,
                                              const Manifest& manifest,
                                              std::shared_ptr<InstanceMonitor> monitor) const;

  Options options_;
  TrustPolicy policy_;
  std::map<std::string, std::string> trust_in_;  // a folder to its own trust
  std::map<std::string, std::string> uploaded_;  // path to SHA-256
  std::unique_ptr<PluginProbe> probe_;
  std::map<std::string, tl::expected<AdmittedFile, LoadFailure>> admitted_;  // by path
  std::map<std::string, Result<void>> examined_;                             // by made_of()
  std::map<std::string, std::shared_ptr<const LoadedPlugin>> loaded_;        // by SHA-256
  std::map<std::string, std::weak_ptr<Generation>> made_;                    // by made_of()
  Reaper reaper_;
  std::uint64_t last_number_ = 0;
  std::atomic<std::size_t> mapped_{0};
};

}  // namespace commsd::plugin
