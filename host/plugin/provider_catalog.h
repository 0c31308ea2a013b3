#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "plugin/manifest.h"

namespace commsd::plugin {

/// A file that was found in a plugin folder.
struct PluginFile {
  std::string path;
  std::string folder;                        // of plugins.path, as it stands there
  std::shared_ptr<const Manifest> manifest;  // null when it could not be read
  std::string reason;                        // why not, or by which file it is shadowed
  bool shadowed = false;                     // another file with the same id counts instead
  bool held_back = false;                    // safe mode: not of the packaged folder
};

/// One use of a provider that the configuration asks for, checked against the manifest.
struct WantedProvider {
  std::string slot;  // "telephony"
  std::string role;  // use | fallback | override
  std::string organization;
  std::string agent;
  std::string name;         // provider or preset name, never the id
  std::string config_json;  // settings, then the preset's, then the defaults of the schema
  const PluginFile* file = nullptr;
  std::vector<std::string> egress;
};

/// The plugin files of the configured folders and how names in the configuration resolve to them.
/// Blocks on files while it is made; immutable afterwards.
class ProviderCatalog {
 public:
  /// Reads the manifests of all *.so in the folders, in name order. A folder that does not exist is
  /// empty. Never fails: what is wrong with a file is in its `reason`. In safe mode the files of
  /// the first folder, the packaged one, count before all others, and the others are held back.
  static ProviderCatalog scan(const std::vector<std::string>& folders, bool safe_mode = false);

  const std::vector<PluginFile>& files() const { return files_; }

  /// Everything the configuration uses: database and storage first, then in the order of the file.
  /// invalid_argument: a name that nobody offers (the message lists those on offer) or that two
  /// plugins claim, a provider without the slot, settings that break the manifest's schema.
  Result<std::vector<WantedProvider>> plan(const config::Config& config) const;

 private:
  Result<WantedProvider> resolve(const std::string& slot, const std::string& name,
                                 const config::ProviderConfig& settings) const;
  Result<const PluginFile*> find(const std::string& slot, const std::string& name) const;
  std::string on_offer(std::string_view slot_id) const;

  std::vector<PluginFile> files_;
};

}  // namespace commsd::plugin
