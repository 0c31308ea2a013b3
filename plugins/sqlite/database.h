#pragma once

#include <memory>
#include <mutex>
#include <string_view>

#include <comms/cpp/database.hpp>
#include <comms/cpp/json.hpp>

#include "connection.h"

namespace sqlite_plugin {

/// SQLite as the server's store: one file in WAL mode, one writer, any number of readers.
class Database final : public comms::DatabaseProvider {
 public:
  Database(const comms::Host& host, const comms::Config& config);

  std::string_view dialect() const override { return "sqlite"; }
  std::unique_ptr<comms::DatabaseConnection> connect(std::int32_t role) override;
  void checkpoint() override;
  void backup(std::string_view path) override;
  void check() override;
  void stop_check() noexcept override;
  void vacuum() override;

 private:
  class Checking;

  comms::Crypto crypto_;
  Settings settings_;
  std::mutex mutex_;              // of the side handle
  std::unique_ptr<Handle> side_;  // made at the first checkpoint
  std::mutex check_mutex_;        // of what follows
  sqlite3* checking_ = nullptr;   // while check() runs
  bool check_stopped_ = false;
};

}  // namespace sqlite_plugin
