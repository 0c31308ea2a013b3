#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace commsd::plugin {

/// Which plugins have crashed this server, from the file that record_crashes() writes to. A plugin
/// that was blamed for two crashes within ten minutes is held back until an administrator lifts
/// that or another version of its file is there: it would only crash again, and take everything
/// else with it each time.
///
/// A line a crash, "crash SECONDS PLUGIN SHA256 SIGNAL", and a line for each lifting, "enabled
/// SECONDS PLUGIN". Lines that are neither are passed over: the disk may have been full.
/// [any thread]
class CrashJournal {
 public:
  /// Reads the last 256 KB of the file; one that is not there is empty. "" = never any crash.
  explicit CrashJournal(std::string file);

  /// Why a file with this content may not be used; nothing when it may. The name is what
  /// `commsctl plugins enable` is to be given.
  std::optional<std::string> held_back(std::string_view plugin_id, std::string_view sha256,
                                       std::string_view name) const;

  /// Whether anything is held back under this id.
  bool holds(std::string_view plugin_id) const;

  /// Forgives the crashes until now, for good. Blocks on the file; errors: unavailable.
  Result<void> lift(std::string_view plugin_id, UnixMillis now);

 private:
  struct Crashes {
    std::int64_t first = 0;  // of the two that were too close, in Unix seconds
    std::int64_t second = 0;
    std::int64_t last = 0;
    std::string signal;
    bool too_close() const { return second != 0; }
  };
  void take_line(std::string_view line);

  const std::string file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Crashes>, std::less<>> by_plugin_;  // then SHA-256
};

}  // namespace commsd::plugin
