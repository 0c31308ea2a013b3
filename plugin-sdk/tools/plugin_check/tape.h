#pragma once

#include <memory>
#include <string>
#include <vector>

#include <comms/testing/cassette.hpp>

#include "checked_host.h"

namespace comms::check {

/// What a vendor answered to the requests of one test, where the author recorded it (--cassettes):
/// the file `test`.jsonl. Stays until the test's process ends, as a CheckedHost does.
class Tape {
 public:
  /// Nothing when there is no such file (and none is being recorded).
  static Tape* find(Context& test, const std::string& name);

  enum class Play {
    once,  // each request as it was answered then; `check` says what came otherwise
    again  // as often as it is asked, for tests that only need to get somewhere
  };
  void play(CheckedHost& host, Play how = Play::once);
  void check();
  /// In the order of recording.
  const std::vector<testing::Answer>& answers() const { return answers_; }

 private:
  Tape(Context& test, const std::string& file);
  testing::Answer again(const testing::SeenRequest& request) const;

  Context& test_;
  testing::Redaction redaction_;
  testing::Cassette cassette_;
  std::vector<testing::Exchange> exchanges_;  // redacted, as in the file
  std::vector<testing::Answer> answers_;
};

}  // namespace comms::check
