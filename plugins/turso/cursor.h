#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <comms/cpp/json.hpp>

#include "failure.h"

namespace turso_plugin {

/// Takes what a batch yields, in the order of its steps. A step that was skipped is not heard of.
class BatchSink {
 public:
  virtual ~BatchSink() = default;
  virtual void begin(std::size_t step, const comms::JsonNode& columns) = 0;
  /// False = no more is wanted.
  virtual bool row(const comms::JsonNode& values) = 0;
  virtual void end() = 0;
  virtual void failed(std::size_t step, ServerError error) = 0;
};

/// Reads the answer of a cursor as it arrives: a line of JSON for each row, so that neither side
/// holds the whole of it (HRANA_3_SPEC, "Execute a batch using a cursor"). A whole answer in one
/// text would meet two limits: what the host parses, and what libsql-server sends (10 MB).
class CursorReader {
 public:
  CursorReader(const comms::Host& host, BatchSink& sink) : host_(host), sink_(sink) {}

  /// False when the sink wants no more. Throws comms::Error(COMMS_UNAVAILABLE) for what is no
  /// cursor, and what the server says of a batch that it gave up.
  bool feed(std::string_view part);
  /// Whether all of it came.
  bool is_complete() const { return has_head_ && !in_step_ && rest_.empty(); }

  bool has_head() const { return has_head_; }
  const std::string& baton() const { return baton_; }
  const std::string& base_url() const { return base_url_; }

 private:
  bool take_line(std::string_view line);

  const comms::Host& host_;
  BatchSink& sink_;
  std::string rest_;  // of a line that is not complete
  std::string baton_;
  std::string base_url_;
  bool has_head_ = false;
  bool in_step_ = false;
};

/// {"message","code"} of the specification; what is missing stays empty.
ServerError read_error(const comms::JsonNode& error);

}  // namespace turso_plugin
