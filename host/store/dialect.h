#pragma once

#include <string_view>

namespace commsd::store {

/// The dialect whose migrations a dialect shares, and whose variant of a statement it takes where
/// it has none of its own; "" = none. libSQL is SQLite that knows no function of ours.
inline std::string_view parent_dialect(std::string_view dialect) {
  return dialect == "libsql" ? "sqlite" : std::string_view();
}

}  // namespace commsd::store
