#pragma once

#include <memory>
#include <string>

#include <comms/comms.h>

#include "base/result.h"
#include "plugin/manifest.h"

namespace commsd::plugin {

/// A library that is mapped into this process, for good: unloading succeeds in name only (unique
/// symbols, thread-local destructors), and where it does happen every pointer into it is a crash.
/// A retained object costs about 53 KB.
class LoadedPlugin {
 public:
  /// Maps the file: RTLD_NOW, so that a missing symbol is told now and not at the first call;
  /// RTLD_LOCAL, so that plugins do not see each other's symbols; RTLD_NODELETE. Runs the
  /// constructors of the library. `path` must name its content (see admit()).
  /// unavailable: what the linker says; permission_denied: no entry symbol.
  static Result<std::shared_ptr<LoadedPlugin>> open(const std::string& path);

  ~LoadedPlugin();
  LoadedPlugin(const LoadedPlugin&) = delete;
  LoadedPlugin& operator=(const LoadedPlugin&) = delete;

  /// Calls the entry function and checks the table. permission_denied.
  Result<void> enter(const Manifest& manifest);

  /// [block] Makes an instance. The plugin's own message comes with its class of error;
  /// invalid_argument: the configuration.
  Result<void*> create(const comms_host* host, const std::string& config_json) const;

  /// Only after enter() succeeded.
  const comms_plugin& table() const { return *table_; }

 private:
  struct Library;
  explicit LoadedPlugin(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
  const comms_plugin* table_ = nullptr;
};

}  // namespace commsd::plugin
