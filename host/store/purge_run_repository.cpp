#include "store/purge_run_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

PurgeRun run_from_row(const Row& row) {
  return {row.text("day"),
          row.text("worker"),
          row.integer("lease_until"),
          row.integer("started_at"),
          row.maybe_integer("ended_at"),
          row.text("counts_json")};
}

LegalHold hold_from_row(const Row& row) {
  return {row.text("org_id"), row.text("reason"), row.integer("placed_at")};
}

}  // namespace

Task<Result<std::optional<PurgeRun>>> PurgeRunRepository::find(std::string_view day) const {
  return read_optional(store_, "purge_runs.find", {{"day", text_value(day)}}, run_from_row);
}

void PurgeRunRepository::add_claim(UnitOfWork& unit, std::string_view day, std::string_view worker,
                                   UnixMillis now, UnixMillis lease_until) {
  unit.expect(1, "purge_runs.claim",
              {{"day", text_value(day)},
               {"worker", text_value(worker)},
               {"now", now},
               {"lease_until", lease_until}});
}

void PurgeRunRepository::add_renew(UnitOfWork& unit, std::string_view day, std::string_view worker,
                                   UnixMillis lease_until) {
  unit.run(
      "purge_runs.renew",
      {{"day", text_value(day)}, {"worker", text_value(worker)}, {"lease_until", lease_until}});
}

void PurgeRunRepository::add_finish(UnitOfWork& unit, std::string_view day,
                                    std::string_view counts_json, UnixMillis now) {
  unit.run("purge_runs.finish",
           {{"day", text_value(day)}, {"counts_json", text_value(counts_json)}, {"now", now}});
}

Task<Result<std::vector<LegalHold>>> PurgeRunRepository::holds() const {
  return read_all(store_, "legal_holds.list", {}, hold_from_row);
}

Task<Result<std::optional<LegalHold>>> PurgeRunRepository::find_hold(
    std::string_view org_id) const {
  return read_optional(store_, "legal_holds.find", {{"org_id", text_value(org_id)}}, hold_from_row);
}

void PurgeRunRepository::add_hold(UnitOfWork& unit, const LegalHold& hold) {
  unit.run(
      "legal_holds.place",
      {{"org_id", hold.org_id}, {"reason", text_or_null(hold.reason)}, {"at", hold.placed_at}});
}

void PurgeRunRepository::add_lift_hold(UnitOfWork& unit, std::string_view org_id) {
  unit.fetch("legal_holds.lift", {{"org_id", text_value(org_id)}});
}

}  // namespace commsd::store
