#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/database.hpp>

#include "failure.h"

namespace postgres_plugin {

/// A statement under the name that the server knows it by.
struct Prepared {
  std::string server_name;
  std::string sql;
  bool asked = false;  // the server was asked to prepare it
  bool ready = false;
  std::optional<Failure> refused;  // the server would not have it
};

/// The statement that fails, and with it its transaction, unless it changes or finds as many rows
/// as its last parameter says. So a unit needs no round trip to look at a number before it goes on.
///
/// The error is a text that is no number. LIMIT's own query runs before the first row is asked for,
/// also when there are none, and LIMIT NULL is no limit.
std::string guarded(std::string_view sql, std::size_t parameter_count);

/// The prepared statements of one connection, by the name that the host gives them.
class Statements {
 public:
  /// The caller has the server prepare it if it is not ready. Stays where it is until clear().
  Prepared& find(std::string_view name, std::string_view sql, std::size_t parameter_count,
                 bool with_guard);
  /// Too many: the caller clears them, here and on the server.
  bool is_full() const { return known_.size() >= most_statements; }
  void clear() { known_.clear(); }

 private:
  /// More than the host has statements, with and without a guard: a bound against a host that makes
  /// up names.
  static constexpr std::size_t most_statements = 2048;

  struct Known {
    std::string sql;  // as the host gave it
    Prepared prepared;
  };
  std::map<std::string, Known, std::less<>> known_;
  std::size_t made_ = 0;
};

}  // namespace postgres_plugin
