#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

// What the repositories share. Their methods are plain functions that build the parameters at once
// and hand them to one of these coroutines, so a caller's string_view need only live for the call
// and not until the answer.

namespace commsd::store {

/// The first row as a T, or nothing.
template <typename T>
Task<Result<std::optional<T>>> read_optional(Store& store, std::string_view statement,
                                             Parameters parameters, T (*from_row)(const Row&)) {
  Result<Rows> rows = co_await store.query(statement, std::move(parameters));
  if (!rows) co_return fail(rows.error());
  std::optional<T> found;
  if (!rows->empty()) found = from_row(rows->front());
  co_return found;
}

template <typename T>
std::vector<T> from_rows(const Rows& rows, T (*from_row)(const Row&)) {
  std::vector<T> all;
  all.reserve(rows.size());
  for (const Row& row : rows) all.push_back(from_row(row));
  return all;
}

template <typename T>
Task<Result<std::vector<T>>> read_all(Store& store, std::string_view statement,
                                      Parameters parameters, T (*from_row)(const Row&)) {
  Result<Rows> rows = co_await store.query(statement, std::move(parameters));
  if (!rows) co_return fail(rows.error());
  co_return from_rows(*rows, from_row);
}

/// Whether there is a row at all.
Task<Result<bool>> any_row(Store& store, std::string_view statement, Parameters parameters);

/// The column "count" of the first row.
Task<Result<std::int64_t>> read_count(Store& store, std::string_view statement,
                                      Parameters parameters);

inline Value text_value(std::string_view text) {
  return std::string(text);
}

/// Columns of primary keys cannot be NULL, so "every agent" and "every channel" are stored as '*'.
inline constexpr std::string_view everyone = "*";
inline Value text_or_everyone(std::string_view text) {
  return std::string(text.empty() ? everyone : text);
}
inline std::string everyone_to_empty(const std::string& text) {
  return text == everyone ? std::string() : text;
}

}  // namespace commsd::store
