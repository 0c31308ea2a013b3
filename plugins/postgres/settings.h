#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/cpp/json.hpp>

namespace postgres_plugin {

/// How to reach the server, and what to ask of it.
struct Settings {
  /// Throws COMMS_INVALID with what to change. Connects nowhere.
  static Settings from(const comms::Config& config);

  /// The statement that sets what a transaction needs and the session does not have; empty when
  /// that is nothing. `lock_timeout` is for this transaction alone.
  std::string local_settings(std::string_view lock_timeout) const;

  std::vector<std::pair<std::string, std::string>> parameters;  // libpq's keywords
  int statement_timeout_ms = 30'000;                            // 0 = none
  int lock_timeout_ms = 4'000;
  bool session_state = true;  // false behind a pooler that serves each transaction from another one
};

/// Whatever the server's setting is, but off: an answer is given on the strength of a commit, so
/// one that is not on the disk is no commit.
inline constexpr std::string_view durable_commit =
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE current_setting('synchronous_commit') END";

}  // namespace postgres_plugin
