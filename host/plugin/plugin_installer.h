#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "plugin/trust_gate.h"

namespace commsd::plugin {

struct InstalledPlugin {
  std::string file;  // its path
  std::string sha256;
  Trust trust = Trust::pinned;
  std::string signer;  // empty without a signature
  std::string id;
  std::string provider;
  std::string version;
};

/// Puts a plugin that came over the wire among the files of an administrator: into the last folder
/// of plugins.path, with mode 0644, by a rename. Before that it goes through every gate that a file
/// goes through, the child process included; in this process nothing of it is mapped. It is loaded
/// when the configuration names its provider, from the next reload on.
class PluginInstaller {
 public:
  struct Options {
    std::string state_dir;  // where its digest is recorded
    std::string host_version;
    std::string probe_program;  // as ProviderManager::Options
    std::vector<std::string> trusted_roots{"/"};
  };
  explicit PluginInstaller(Options options) : options_(std::move(options)) {}

  /// Blocks. permission_denied: uploads are off, or a gate refuses it; invalid_argument: the name,
  /// or what is no plugin; too_large; unavailable: it cannot be written.
  Result<InstalledPlugin> install(const config::PluginsConfig& config, const std::string& name,
                                  std::string_view bytes) const;

 private:
  Result<InstalledPlugin> examine(const config::PluginsConfig& config, const std::string& written,
                                  int content, const std::string& path) const;

  Options options_;
};

/// "the configuration file does not allow uploads", with what to do; permission_denied.
Error uploads_are_off();

/// The file in `state_dir` that has the digests of uploaded plugins; "" when there is no folder.
std::string pins_file(const std::string& state_dir);

}  // namespace commsd::plugin
