// A configuration file of any bytes is read or refused with faults of one line each: no crash, no
// hang, and what was read can be shown and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commsd::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LoadedConfig config = parse_config(text, "c.yaml", "/nonexistent");
  if (!config) {
    if (config.error().empty()) std::abort();
    for (const ConfigFault& fault : config.error()) {
      if (fault.to_string().find('\n') != std::string::npos) std::abort();
    }
    return 0;
  }
  if (!commsd::JsonDocument::parse(to_display_json(*config), 64)) std::abort();
  for (const auto& [slot, settings] : config->providers) {
    if (!commsd::JsonDocument::parse(settings.config.config_json(), 64)) std::abort();
  }
  return 0;
}
