#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>

#include "stream.h"

namespace turso_plugin {

/// One of the store's connections: a stream, and what is sent over it. Nothing of ours is kept at
/// the server between two calls, so a lost stream is no lost connection.
class Connection final : public comms::DatabaseConnection {
 public:
  /// Asks the server for an answer. Throws comms::Error.
  Connection(const comms::Host& host, const Settings& settings, bool read_only);

  void ping() override;
  void run_script(std::string_view sql) override;
  void query(const comms_statement& statement, comms::RowSink& rows) override;
  void commit_units(const comms_unit* units, std::size_t count, comms::UnitSink& results) override;

 private:
  const Settings& settings_;
  const comms::Crypto crypto_;
  const bool read_only_;
  Stream stream_;
  bool careful_ = false;
};

}  // namespace turso_plugin
