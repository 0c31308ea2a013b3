#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>

#include "deployment.h"

namespace convex_plugin {

/// One of the store's connections. Nothing is kept at Convex between two calls, so there is nothing
/// to reconnect.
class Connection final : public comms::DatabaseConnection {
 public:
  /// Asks for an answer. Throws comms::Error.
  Connection(const comms::Host& host, const Settings& settings);

  void ping() override;
  void run_script(std::string_view sql) override;
  void query(const comms_statement& statement, comms::RowSink& rows) override;
  void commit_units(const comms_unit* units, std::size_t count, comms::UnitSink& results) override;

 private:
  const Settings& settings_;
  const comms::Crypto crypto_;
  const Deployment deployment_;
};

}  // namespace convex_plugin
