#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::plugin {

/// disabled: found, and nothing in the configuration uses it. refused: not safe or not able to be
/// loaded. failed: loadable, but no instance could be made with this configuration. healthy, and
/// degraded: in use, and its last health check passed or did not.
enum class ProviderStatus { disabled = 1, refused, failed, healthy, degraded };

std::string_view to_string(ProviderStatus status);

/// One line of `commsctl plugins`: a plugin file, or an instance of it in a slot.
struct ProviderState {
  std::string slot;     // "telephony"; empty for a file that no slot uses
  std::string name;     // as `use:` names it
  std::string role;     // use | fallback | override; empty when disabled or refused
  std::string scope;    // of an override: "organization" or "organization/agent"; else empty
  std::string id;       // of the plugin; empty when its manifest could not be read
  std::string version;  // the same
  std::string file;     // where it was found
  std::string sha256;   // of the file; empty when it was not even hashed
  std::vector<std::string> slots;  // what the plugin offers
  ProviderStatus status = ProviderStatus::disabled;
  std::string reason;            // why not healthy, or why the last change was not taken over
  std::uint64_t generation = 0;  // rises with every instance made; 0 = none
  /// While a generation is new: the one it gives way to if it fails. 0 = none stands by.
  std::uint64_t standby = 0;
};

}  // namespace commsd::plugin
