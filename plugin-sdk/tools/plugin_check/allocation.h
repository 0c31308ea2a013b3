#pragma once

#include <cstdint>

// The program's own malloc, which counts what plugin code allocates and can let one of its
// allocations fail. What the host does on a plugin's behalf is not counted: see Side.

namespace comms::check::allocation {

/// False in a build with a sanitizer, whose allocator must not be replaced: then every count is 0.
bool available();

/// Of this thread, from here to the end of the scope: whose code runs.
class Side {
 public:
  explicit Side(bool of_plugin);
  Side(const Side&) = delete;
  ~Side();

 private:
  bool before_;
};
struct PluginSide : Side {
  PluginSide() : Side(true) {}
};
struct HostSide : Side {
  HostSide() : Side(false) {}
};

std::int64_t live_blocks();
std::int64_t live_bytes();
std::int64_t peak_bytes();  // since reset_peak
void reset_peak();

/// The plugin allocation number `index` (0 = the next) fails; negative = none.
void fail_at(std::int64_t index);
/// Whether the one that was to fail last was reached.
bool failed();

}  // namespace comms::check::allocation
