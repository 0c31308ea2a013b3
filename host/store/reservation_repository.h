#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/limit_records.h"
#include "store/store.h"

namespace commsd::store {

/// The actions that count against limits, numbered per agent. [any executor]
class ReservationRepository {
 public:
  explicit ReservationRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Reservation>>> find(std::string_view org_id,
                                                std::string_view subject) const;
  /// When the agent's action was that is `back` numbers before its next one: with N as `back`, and
  /// N - 1 actions since, the one that must be out of a window of N. Nothing when there is none.
  Task<Result<std::optional<UnixMillis>>> time_of(std::string_view org_id,
                                                  std::string_view agent_id,
                                                  std::int64_t back) const;

  /// Takes the next number for `reservation.subject`. Guarded: with it there are at most
  /// `per_minute` in 60 seconds and `per_hour` in 60 minutes up to `reservation.at`, and the
  /// subject is new. Behind LimitRepository::add_lock.
  static void add(UnitOfWork& unit, const Reservation& reservation,
                  std::optional<std::int64_t> per_minute, std::optional<std::int64_t> per_hour);
  /// Makes `micros` what the subject counts as spent, if `currency` is that of the reservation;
  /// "" = whatever that is. The counters follow, in the windows that began at `day` and `month`.
  /// Setting the same again changes nothing; a subject without reservation is none of ours. With
  /// `unless_settled` one that was settled before stays as it is.
  static void add_settle(UnitOfWork& unit, const Reservation& reservation, UnixMillis day,
                         UnixMillis month, std::int64_t micros, std::string_view currency,
                         UnixMillis at, bool unless_settled = false);

 private:
  Store& store_;
};

}  // namespace commsd::store
