#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "provisioning/first_run.h"

namespace commsd {

/// Has the configuration read again by the main thread, which waits for that: loading blocks.
void reload_soon();

/// The whole server: builds the parts in order, connects them, shuts them down in the other order.
/// It holds no rule of its own. All calls come from the main thread, which is no event loop.
class Application {
 public:
  /// In safe mode without the plugins of others: only those of the first folder of plugins.path.
  explicit Application(config::Config config, bool safe_mode = false);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Until it returns nothing is served. An error says which part could not start and why; then
  /// only the destructor may follow.
  Result<void> start();

  /// What the first start made; empty on every later one. Shown once.
  const std::optional<provisioning::Welcome>& welcome() const;

  /// Takes over a changed configuration: providers, overrides, egress exceptions, log level, and
  /// the folders of rules and content lists as they are now. What cannot change without a restart
  /// stays and is named in the log. On an error all stays as it was.
  Result<void> reload(const config::Config& config);

  /// Answers what is in flight, then ends everything. At most about `limit`.
  void stop(std::chrono::milliseconds limit);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace commsd
