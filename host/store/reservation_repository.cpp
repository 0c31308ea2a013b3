#include "store/reservation_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Reservation from_row(const Row& row) {
  Reservation reservation;
  reservation.agent_id = row.text("agent_id");
  reservation.sequence = row.integer("sequence");
  reservation.subject = row.text("subject");
  reservation.action = row.text("action");
  reservation.at = row.integer("at");
  reservation.currency = row.text("currency");
  reservation.micros = row.integer("micros");
  reservation.settled_at = row.maybe_integer("settled_at");
  return reservation;
}

UnixMillis time_from_row(const Row& row) {
  return row.integer("at");
}

}  // namespace

Task<Result<std::optional<Reservation>>> ReservationRepository::find(
    std::string_view org_id, std::string_view subject) const {
  return read_optional(store_, "reservations.find",
                       {{"org_id", text_value(org_id)}, {"subject", text_value(subject)}},
                       from_row);
}

Task<Result<std::optional<UnixMillis>>> ReservationRepository::time_of(std::string_view org_id,
                                                                       std::string_view agent_id,
                                                                       std::int64_t back) const {
  return read_optional(
      store_, "reservations.time_of",
      {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"back", back}},
      time_from_row);
}

void ReservationRepository::add(UnitOfWork& unit, const Reservation& reservation,
                                std::optional<std::int64_t> per_minute,
                                std::optional<std::int64_t> per_hour) {
  unit.expect(1, "reservations.add",
              {{"org_id", reservation.org_id},
               {"agent_id", reservation.agent_id},
               {"subject", reservation.subject},
               {"action", reservation.action},
               {"at", reservation.at},
               {"currency", reservation.currency},
               {"micros", reservation.micros},
               {"per_minute", nullable(per_minute)},
               {"per_hour", nullable(per_hour)}});
}

void ReservationRepository::add_settle(UnitOfWork& unit, const Reservation& reservation,
                                       UnixMillis day, UnixMillis month, std::int64_t micros,
                                       std::string_view currency, UnixMillis at,
                                       bool unless_settled) {
  unit.run("reservations.settle", {{"org_id", reservation.org_id},
                                   {"subject", reservation.subject},
                                   {"micros", micros},
                                   {"currency", text_or_null(currency)},
                                   {"unless_settled", std::int64_t{unless_settled}},
                                   {"at", at}});
  for (const auto& [window, start] : {std::pair("day", day), std::pair("month", month)}) {
    unit.run("usage.settle", {{"org_id", reservation.org_id},
                              {"agent_id", reservation.agent_id},
                              {"action", reservation.action},
                              {"subject", reservation.subject},
                              {"time_window", text_value(window)},
                              {"window_start", start}});
  }
}

}  // namespace commsd::store
