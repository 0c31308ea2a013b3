#pragma once

#include <memory>
#include <string_view>

#include <comms/cpp/database.hpp>

#include "settings.h"
#include "statements.h"
#include "unit_runner.h"
#include "wire.h"

namespace postgres_plugin {

/// comms.database/1's connection on PostgreSQL. When the server has hung up since the last use it
/// connects again by itself; what was under way when a connection is lost is told as such.
class Connection final : public comms::DatabaseConnection {
 public:
  /// `settings` outlive it. Throws Error.
  Connection(const Settings& settings, bool read_only);

  void ping() override;
  void run_script(std::string_view sql) override;
  void query(const comms_statement& statement, comms::RowSink& rows) override;
  void commit_units(const comms_unit* units, std::size_t count, comms::UnitSink& results) override;

 private:
  Wire& ready();

  const Settings& settings_;
  const bool read_only_;
  std::unique_ptr<Wire> wire_;
  Statements statements_;
  UnitRunner::Habits habits_;
};

}  // namespace postgres_plugin
