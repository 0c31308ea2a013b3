#pragma once

#include <comms/cpp/database.hpp>
#include <comms/cpp/json.hpp>

#include "settings.h"

namespace turso_plugin {

/// A database of a libSQL server, reached by Hrana 3 over HTTP through the host's client. [any
/// thread]: a connection belongs to one, and nothing is shared but the settings.
class Database final : public comms::DatabaseProvider {
 public:
  Database(const comms::Host& host, const comms::Config& config)
      : host_(host), settings_(read_settings(config)) {}

  std::string_view dialect() const override { return "libsql"; }
  std::unique_ptr<comms::DatabaseConnection> connect(std::int32_t role) override;

 private:
  const comms::Host host_;
  const Settings settings_;
};

}  // namespace turso_plugin
