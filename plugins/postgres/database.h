#pragma once

#include <memory>
#include <string_view>

#include <comms/cpp/database.hpp>
#include <comms/cpp/json.hpp>

#include "settings.h"

namespace postgres_plugin {

/// PostgreSQL as the server's store, which several processes may share. Checkpoints, backups and
/// checks are the server's own business.
class Database final : public comms::DatabaseProvider {
 public:
  Database(const comms::Host&, const comms::Config& config) : settings_(Settings::from(config)) {}

  std::string_view dialect() const override { return "postgres"; }
  std::unique_ptr<comms::DatabaseConnection> connect(std::int32_t role) override;

 private:
  const Settings settings_;
};

}  // namespace postgres_plugin
