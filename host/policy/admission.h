#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/sender.h"
#include "policy/verdict.h"
#include "store/unit_of_work.h"

namespace commsd::policy {

/// Leave for one action, as things were when they were read. Between that and the moment the action
/// is durable anything may change, so the rules go into the same unit of work as guards: what was
/// read as allowed and is not any more undoes the unit. Used once. [one thread at a time]
class Admission {
 public:
  explicit Admission(Sender sender) : sender_(std::move(sender)) {}

  /// What it goes out from: the agent's own address on the channel, or a number of the pool.
  const std::string& from() const { return sender_.address; }
  /// Who may be asked to send it (Sender::owners).
  const std::string& owners() const { return sender_.owners; }

  /// What the text must end with, because a law wants it there; "" = nothing.
  const std::string& postal_address() const { return postal_address_; }
  void demand_postal_address(std::string address) { postal_address_ = std::move(address); }

  /// The copies that are wanted of what the agent sends and receives: store::Agent::routes.
  const std::string& routes() const { return routes_; }
  void set_routes(std::string routes) { routes_ = std::move(routes); }

  /// What must be said before this call is recorded; asked only when it may be.
  const Announcement& recording() const { return recording_; }
  void set_recording(Announcement recording) { recording_ = std::move(recording); }

  /// Adds guarded steps, all of one rule, and what is said when one of them fails. For the gate and
  /// the rules it asks.
  void require(store::UnitOfWork steps, Error refusal);

  /// How often a contact may be reached, as the guard of it counts.
  struct ContactLimit {
    std::string org_id;
    std::string contact_hash;
    std::int64_t hour = 0;          // of the decision (store::hour_of)
    std::int64_t window_hours = 0;  // that end with it
    std::int64_t count = 0;         // so many in them are the most
  };
  /// The same of such a limit. Nobody has counted yet: when it is allowed again is found out for a
  /// refusal only (PolicyGate::refusal).
  void require_below(ContactLimit limit, Error refusal);

  /// Puts the guards behind the steps that `unit` has, in front of what they guard.
  void add_to(store::UnitOfWork& unit);

  /// Which rule the failed step of that unit was; nothing when it was none of ours.
  std::optional<Error> refusal(std::size_t failed_step) const;
  /// The limit that the failed step of that unit was; null when it was none.
  const ContactLimit* limit(std::size_t failed_step) const;

 private:
  struct Guard {
    store::UnitOfWork steps;
    Error refusal;
    std::optional<ContactLimit> limit = {};
    std::size_t first = 0;  // place in the unit, and the one behind the last
    std::size_t end = 0;
  };
  const Guard* guard_of(std::size_t failed_step) const;

  Sender sender_;
  std::string postal_address_;
  std::string routes_;
  Announcement recording_;
  std::vector<Guard> guards_;
};

}  // namespace commsd::policy
