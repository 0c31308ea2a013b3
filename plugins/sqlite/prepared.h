#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/database.hpp>
#include <sqlite3.h>

namespace sqlite_plugin {

/// A compiled statement. Between begin() and end() it is in use; end() lets go of its locks.
class Prepared {
 public:
  /// Throws Error: COMMS_INVALID when the text is not one statement.
  Prepared(sqlite3* handle, std::string_view sql);
  ~Prepared() { sqlite3_finalize(statement_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  /// Binds the parameters without copying them: they must live until end(). Throws COMMS_INVALID
  /// when their number is wrong.
  void begin(const comms_value* parameters, std::size_t count);
  /// SQLITE_ROW, SQLITE_DONE, or an extended error code.
  int step();
  void end();

  bool returns_rows() const { return columns_ > 0; }
  /// Names of the columns; valid until the next step().
  std::vector<comms_str> column_names() const;
  /// The row under the cursor, borrowed until the next step(). The same vector each time.
  const std::vector<comms_value>& row();

  const std::string& sql() const { return sql_; }

 private:
  sqlite3* handle_;
  sqlite3_stmt* statement_ = nullptr;
  std::string sql_;
  int columns_ = 0;
  std::vector<comms_value> row_;
};

/// The compiled statements of one connection, by the name the host gives them. Compiling costs as
/// much as running (Poco::Data, which compiles on each run, took 2.2 times as long in all).
class StatementCache {
 public:
  explicit StatementCache(sqlite3* handle) : handle_(handle) {}

  Prepared& find(std::string_view name, std::string_view sql);
  void clear() { prepared_.clear(); }

 private:
  sqlite3* handle_;
  std::map<std::string, std::unique_ptr<Prepared>, std::less<>> prepared_;
};

/// Ends a statement when the scope is left, by an exception too.
class Running {
 public:
  Running(Prepared& prepared, const comms_value* parameters, std::size_t count)
      : prepared_(prepared) {
    prepared_.begin(parameters, count);
  }
  ~Running() { prepared_.end(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Prepared& prepared_;
};

}  // namespace sqlite_plugin
