#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>
#include <sqlite3.h>

#include "prepared.h"

namespace sqlite_plugin {

struct Settings {
  std::string path;
  int busy_timeout_ms = 4000;
  long long max_megabytes = 0;  // 0 = no limit
};

/// An open handle with our pragmas and functions. [one thread at a time]
class Handle {
 public:
  enum class Kind { writer, reader, side };

  /// Throws Error. A writer makes the file when there is none.
  Handle(const Settings& settings, Kind kind, const comms::Crypto* crypto);
  ~Handle() { sqlite3_close(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  sqlite3* get() const { return handle_; }
  /// Throws Error naming what was being done.
  void execute(const std::string& sql, std::string_view doing);

 private:
  /// sqlite's own handler looks again after pauses of up to 100 ms, which is how long a commit
  /// would wait for a checkpoint of 10 ms.
  static int wait_for_lock(void* self, int times);

  sqlite3* handle_ = nullptr;
  int busy_timeout_ms_ = 0;
};

/// comms.database/1's connection on SQLite.
class Connection final : public comms::DatabaseConnection {
 public:
  Connection(const Settings& settings, Handle::Kind kind, const comms::Crypto* crypto)
      : handle_(settings, kind, crypto), statements_(handle_.get()) {}

  void ping() override;
  void run_script(std::string_view sql) override;
  void query(const comms_statement& statement, comms::RowSink& rows) override;
  void commit_units(const comms_unit* units, std::size_t count, comms::UnitSink& results) override;

 private:
  /// How a unit ended; kept until the commit has shown whether it counts.
  struct Outcome {
    comms::Status status = COMMS_OK;
    std::int32_t reason = 0;
    std::size_t failed_step = 0;
    std::string code;
    std::string message;
  };

  /// False, with work left to undo, at the first unit that fails.
  bool run_group(const comms_unit* units, std::size_t count, const comms::UnitSink& results,
                 std::vector<Outcome>& outcomes);
  /// Undoes the units that fail, each by itself; whether there were any.
  bool run_group_carefully(const comms_unit* units, std::size_t count,
                           const comms::UnitSink& results, std::vector<Outcome>& outcomes);
  Outcome run_unit(const comms_unit& unit, std::size_t number, const comms::UnitSink& results);
  Outcome run_step(const comms_step& step, std::size_t unit, std::size_t number,
                   const comms::UnitSink& results);
  /// A statement of our own without parameters; throws Error.
  void control(std::string_view sql);
  void rollback() noexcept;

  Handle handle_;
  StatementCache statements_;
  bool careful_ = false;  // a unit of the last group failed
};

}  // namespace sqlite_plugin
