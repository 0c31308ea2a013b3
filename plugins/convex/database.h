#pragma once

#include <comms/cpp/database.hpp>

#include "connection.h"

namespace convex_plugin {

/// A Convex deployment that runs the functions in functions/: SQLite, with comms_sha256, whose
/// pages are documents. [any thread]: nothing is shared but the settings.
class Database final : public comms::DatabaseProvider {
 public:
  Database(const comms::Host& host, const comms::Config& config)
      : host_(host), settings_(read_settings(config)) {}

  std::string_view dialect() const override { return "sqlite"; }
  std::unique_ptr<comms::DatabaseConnection> connect(std::int32_t) override {
    return std::make_unique<Connection>(host_, settings_);
  }

 private:
  const comms::Host host_;
  const Settings settings_;
};

}  // namespace convex_plugin
