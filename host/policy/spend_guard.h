#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "policy/admission.h"
#include "policy/limit_alerts.h"
#include "policy/limits.h"
#include "policy/price_table.h"
#include "store/limit_repository.h"
#include "store/reservation_repository.h"
#include "store/store.h"

namespace commsd::policy {

/// An action about to be made, as far as limits ask about it.
struct Spending {
  std::string org_id;
  std::string agent_id;
  std::string subject;   // id of the message or call
  std::string action;    // how it is counted: sms, email, whatsapp, voice_call, voice_message ...
  std::string item;      // what of the price table it is: sms, mms, whatsapp, email, voice
  std::string provider;  // that is to be asked; "" = not known yet
  std::string to;        // for the price
  std::int64_t units = 1;
  UnixMillis at = 0;  // the creation of the subject: decides in which day and month it counts
  std::string same_contact;  // calls: keyed hash of the number; limits how often in a day
  bool free = false;         // no vendor is asked: counted, and costs nothing
  bool mandated = false;     // the law wants it: counted, and let through
  /// Of what the agent did, which must not be hindered by it: counted apart, with the agent's
  /// limits once more; the money is the agent's.
  bool copy = false;
};

/// What the limits ask of the unit that makes an action durable.
class Reservation {
 public:
  /// Puts the guards into the admission; they both check and count. Once.
  void add_to(Admission& admission);

  /// What counts as spent until the vendor's answer.
  std::int64_t micros() const { return micros_; }

 private:
  friend class SpendGuard;
  struct Guard {
    store::UnitOfWork steps;
    Error refusal;
  };

  Spending spending_;
  Limits limits_;
  std::int64_t micros_ = 0;
  std::vector<Guard> guards_;
  std::vector<LimitAlert> warnings_;  // due once the unit is durable
};

/// Limits and spend. One action is counted in the unit of work that makes it durable, in the same
/// step that checks the limit; so neither parallel callers nor several processes get past one. What
/// is reserved is an estimate (PriceTable); settle() puts the vendor's answer in its place.
///
/// Windows: 60 seconds and 60 minutes slide; days and months are those of UTC. A failed action is
/// counted as one all the same, but costs nothing. Retries of one subject belong to its one
/// reservation. [any executor]
class SpendGuard {
 public:
  SpendGuard(store::Store& store, const PriceTable& prices, const TierTable& tiers,
             LimitAlerts& alerts, const Clock& clock, Limits defaults)
      : limits_(store),
        reservations_(store),
        prices_(prices),
        tiers_(tiers),
        alerts_(alerts),
        clock_(clock),
        defaults_(defaults) {}

  /// not_found: no such agent; rate_limited: refused already, with `rule` and `next_allowed_at`;
  /// else those of Store::query. A refusal raises its alert.
  Task<Result<Reservation>> reserve(Spending spending);
  /// Why a guard of the reservation failed: `refusal` is what Admission::refusal() said. Errors of
  /// other rules come back as they are.
  Task<Error> explain(const Reservation& reservation, Error refusal);
  /// Raises the warnings that are due; once the unit is durable.
  Task<void> note(Reservation reservation);

  /// The attempt has ended and `subject` cost `micros` of `currency`; 0 and "" releases it after a
  /// definite failure. Nothing is known to cost anything else: leave it out. A later price of the
  /// vendor replaces an earlier one; the same one again changes nothing.
  struct Settlement {
    std::string org_id;
    std::string agent_id;
    std::string subject;
    std::string action;
    UnixMillis created_at = 0;  // Spending::at
    std::int64_t micros = 0;
    std::string currency;
    UnixMillis now = 0;
    bool unless_settled = false;  // a price that came before this one stands
  };
  static void add_settle(store::UnitOfWork& unit, const Settlement& settlement);

 private:
  Task<std::optional<Error>> check(const Spending& spending, const Limits& limits,
                                   const store::LimitSituation& situation, std::int64_t micros);
  /// Why the sliding windows refuse; nothing when they do not any more.
  Task<std::optional<Error>> sliding(const Spending& spending, const Limits& limits);
  void build(Reservation& reservation, const store::LimitSituation& situation) const;
  void warn(Reservation& reservation, const store::LimitSituation& situation) const;

  store::LimitRepository limits_;
  store::ReservationRepository reservations_;
  const PriceTable& prices_;
  const TierTable& tiers_;
  LimitAlerts& alerts_;
  const Clock& clock_;
  Limits defaults_;
};

}  // namespace commsd::policy
