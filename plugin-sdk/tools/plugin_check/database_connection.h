#pragma once

#include <comms/cpp/database.hpp>

#include "subject.h"
#include "tape.h"

namespace comms::check {

/// A connection of an instance. Where there is no engine to connect to, the test is skipped.
class CheckedConnection {
 public:
  /// `tape`: what the vendor answers, for databases over comms.http/1. NULL = to connect, what is
  /// made up for all vendors; then nothing.
  CheckedConnection(Context& test, Tape* tape, Tape::Play how = Tape::Play::again);
  CheckedConnection(const CheckedConnection&) = delete;
  ~CheckedConnection();

  bool ready() const { return connection_ != nullptr; }
  CheckedHost& host() { return instance_.host(); }
  std::string dialect();

  OpResult ping();
  OpResult script(std::string_view sql);
  /// Rows as text, a line each; what was reported is in the result.
  OpResult query(std::string_view sql);
  struct Committed {
    OpResult whole;
    Status unit = COMMS_INTERNAL;
    int told = 0;  // results of the unit
  };
  /// One statement as a unit.
  Committed commit(std::string_view sql, const std::vector<comms_value>& params);

 private:
  Context& test_;
  Instance instance_;
  const comms_database* table_ = nullptr;
  void* connection_ = nullptr;
};

}  // namespace comms::check
