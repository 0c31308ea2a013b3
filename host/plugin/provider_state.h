#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::plugin {

/// disabled: found, and nothing in the configuration uses it. refused: not safe or not able to be
/// loaded. failed: loadable, but no instance could be made with this configuration. healthy, and
/// degraded: in use, and its last health check passed or did not. stuck: it does not return from
/// calls and gets none. safe_mode: held back, because it crashed the server or because the server
/// was started without plugins of others.
enum class ProviderStatus { disabled = 1, refused, failed, healthy, degraded, stuck, safe_mode };

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
  std::string trust;                // what was asked of its file: any | pinned | signed
  std::string signer;               // whose signature counted; empty without one
  std::vector<std::string> egress;  // origins that the instance may talk to
  std::uint64_t slow_calls = 0;     // that held an event loop for more than 50 ms
};

/// What concerns all plugins of the process.
struct PluginsSummary {
  bool safe_mode = false;        // started without plugins of others
  std::size_t mapped = 0;        // libraries in memory
  std::size_t retired = 0;       // of them those that nothing in force is of
  std::size_t lost_threads = 0;  // in calls that did not return
  /// Why a restart of the server is advised; empty when it is not.
  std::vector<std::string> restart_advised;
};

}  // namespace commsd::plugin
