#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "store/call_records.h"
#include "store/records.h"

namespace commsd {

/// What the last stop interrupted: messages, and behind them calls. Several tasks take from it.
struct InterruptedWork {
  std::vector<store::Attempt> attempts;
  std::vector<store::CallAttempt> calls;
  std::atomic<std::size_t> next{0};

  std::size_t size() const { return attempts.size() + calls.size(); }
};

}  // namespace commsd
