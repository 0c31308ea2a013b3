#pragma once

#include <cstdint>
#include <string>

#include <comms/cpp/json.hpp>

namespace convex_plugin {

struct Settings {
  std::string url;  // https://..., without a slash at its end
  std::string deploy_key;
  std::uint32_t statement_timeout_ms = 0;
  std::uint32_t lock_timeout_ms = 0;
};

/// Throws comms::Error(COMMS_INVALID) that names the field.
Settings read_settings(const comms::Config& config);

}  // namespace convex_plugin
