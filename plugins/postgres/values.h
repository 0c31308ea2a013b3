#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <comms/cpp/database.hpp>
#include <libpq-fe.h>

namespace postgres_plugin {

/// Parameters as libpq takes them. Everything but blobs goes as text, which the server reads as
/// whatever type the statement asks for.
class Parameters {
 public:
  /// Throws COMMS_REJECTED for what PostgreSQL cannot store: a text with a NUL in it.
  Parameters(const comms_value* values, std::size_t count);
  void add(std::int64_t number);

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  std::size_t bytes() const { return bytes_; }

 private:
  void add_text(std::string text);
  void add(const comms_value& value);

  std::vector<std::string> texts_;  // reserved at once: values_ points into it
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::size_t bytes_ = 0;
};

/// The rows of one result, one after the other, borrowed until the next.
class RowReader {
 public:
  static std::vector<comms_str> columns(const PGresult* result);
  const std::vector<comms_value>& read(const PGresult* result, int row);

 private:
  comms_value value(const PGresult* result, int row, int column);

  std::vector<comms_value> values_;
  std::vector<std::string> blobs_;
};

}  // namespace postgres_plugin
