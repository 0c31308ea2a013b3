#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "plugin/trust_gate.h"

namespace commsd::plugin {

/// Tries a plugin in a child process before this one maps it. A broken library does what it likes
/// to whoever opens it: of thirteen kinds seven ended or hung the opener, and no try/catch helps
/// against a constructor that throws inside dlopen, a crash, an endless loop or exit(0).
///
/// The child (commsd-plugin-probe) has limits on memory, time and files, no environment, dies with
/// this process, loads the file, compares code and manifest, makes an instance with the real
/// configuration and services that have no network, and destroys it.
class PluginProbe {
 public:
  struct Options {
    /// The child; empty = commsd-plugin-probe beside this program, or in ../libexec/commsd or
    /// ../lib/commsd from there.
    std::string program;
    std::string cache_dir;     // where good verdicts are remembered; empty = nowhere
    std::string host_version;  // a verdict holds for one file, configuration, ABI and host version
    std::chrono::milliseconds limit{5000};
  };
  explicit PluginProbe(Options options);

  /// Blocks. Good verdicts are remembered; bad ones are not, so what was cured outside the file (a
  /// missing library, a full disk) is seen at the next try. Errors, with the reason and the phase
  /// (loading, entry, create, slots, destroy): invalid_argument for a configuration the plugin
  /// refuses, permission_denied for everything else that is wrong with the plugin, internal when
  /// the child cannot be run.
  Result<void> examine(const AdmittedFile& file, const std::string& config_json) const;

 private:
  std::string verdict_path(const AdmittedFile& file, const std::string& config_json) const;

  Options options_;
};

/// The folder of the running program; empty when it cannot be told.
std::string program_folder();

}  // namespace commsd::plugin
