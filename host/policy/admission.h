#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/unit_of_work.h"

namespace commsd::policy {

/// Leave for one action, as things were when they were read. Between that and the moment the action
/// is durable anything may change, so the rules go into the same unit of work as guards: what was
/// read as allowed and is not any more undoes the unit. Used once. [one thread at a time]
class Admission {
 public:
  explicit Admission(std::string from) : from_(std::move(from)) {}

  /// What it goes out from: the agent's own address on the channel, or a number of the pool.
  const std::string& from() const { return from_; }

  /// What the text must end with, because a law wants it there; "" = nothing.
  const std::string& postal_address() const { return postal_address_; }
  void demand_postal_address(std::string address) { postal_address_ = std::move(address); }

  /// Adds guarded steps, all of one rule, and what is said when one of them fails. For the gate and
  /// the rules it asks.
  void require(store::UnitOfWork steps, Error refusal);

  /// Puts the guards behind the steps that `unit` has, in front of what they guard.
  void add_to(store::UnitOfWork& unit);

  /// Which rule the failed step of that unit was; nothing when it was none of ours.
  std::optional<Error> refusal(std::size_t failed_step) const;

 private:
  struct Guard {
    store::UnitOfWork steps;
    Error refusal;
    std::size_t first = 0;  // place in the unit, and the one behind the last
    std::size_t end = 0;
  };

  std::string from_;
  std::string postal_address_;
  std::vector<Guard> guards_;
};

}  // namespace commsd::policy
