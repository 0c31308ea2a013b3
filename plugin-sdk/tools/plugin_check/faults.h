#pragma once

#include <string>
#include <vector>

#include "checked_host.h"
#include "operations.h"

namespace comms::check {

/// What a vendor may do to a request, and what the contract then asks of the op.
struct Fault {
  const char* name;
  /// The answers it gives, at most `how_often` times.
  testing::Answer answer;
  int how_often = 8;
  /// The vendor may have done what it was asked.
  bool may_be_done = false;
  /// Tells what is wrong with how the op ended, if anything.
  void (*judge)(Context& test, const std::string& where, const Operation& operation,
                const OpResult& result, bool idempotent) = nullptr;
};

const std::vector<Fault>& faults();

/// 200 with a JSON body that has an id and a state under the names vendors use for them. `origin`
/// is where URLs in it point.
testing::Answer ordinary_answer(const std::string& origin);

/// Whether what COMMS_OK promises was delivered.
void check_results(Context& test, const std::string& where, const Operation& operation,
                   const OpResult& result);

/// The name of a status, "COMMS_OK".
std::string name_of_status(Status status);

}  // namespace comms::check
