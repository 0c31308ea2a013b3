#include "store/acquisition_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Provisioning provisioning_from_row(const Row& row) {
  return {row.text("id"), row.text("org_id"), row.text("agent_id"), row.text("worker"),
          row.integer("started_at")};
}

Acquisition from_row(const Row& row) {
  return {
      row.text("id"),    row.text("org_id"),   row.text("agent_id"), row.text("provisioning_id"),
      row.text("kind"),  row.text("provider"), row.text("address"),  row.text("vendor_id"),
      row.text("state"), row.text("worker"),   row.integer("tries"), row.integer("started_at")};
}

}  // namespace

void AcquisitionRepository::add_begin(UnitOfWork& unit, const Provisioning& provisioning) {
  unit.expect(1, "provisionings.begin",
              {{"id", provisioning.id},
               {"org_id", provisioning.org_id},
               {"agent_id", provisioning.agent_id},
               {"worker", provisioning.worker},
               {"started_at", provisioning.started_at}});
  // Once more, behind the wait for somebody who was about to finish the same agent: the statement
  // above has looked for the agent before it waited.
  unit.expect(0, "agents.find_for_webhook", {{"agent_id", provisioning.agent_id}});
}

void AcquisitionRepository::add_end(UnitOfWork& unit, const Provisioning& provisioning,
                                    std::string_view state, UnixMillis at) {
  unit.expect(1, "provisionings.end",
              {{"org_id", provisioning.org_id},
               {"id", provisioning.id},
               {"state", text_value(state)},
               {"ended_at", at}});
}

Task<Result<std::vector<Provisioning>>> AcquisitionRepository::cut_short(std::string_view worker,
                                                                         UnixMillis begun_at,
                                                                         UnixMillis before,
                                                                         std::int64_t limit) const {
  return read_all(store_, "provisionings.cut_short",
                  {{"worker", text_value(worker)},
                   {"begun_at", begun_at},
                   {"before", before},
                   {"limit", limit}},
                  provisioning_from_row);
}

void AcquisitionRepository::add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit) {
  unit.run("provisionings.purge", {{"before", before}, {"limit", limit}});
  unit.run("acquisitions.purge", {{"before", before}, {"limit", limit}});
}

void AcquisitionRepository::add_ask(UnitOfWork& unit, const Acquisition& acquisition,
                                    std::optional<UnixMillis> next_try_at) {
  unit.run("acquisitions.ask", {{"id", acquisition.id},
                                {"org_id", acquisition.org_id},
                                {"agent_id", text_or_null(acquisition.agent_id)},
                                {"provisioning_id", text_or_null(acquisition.provisioning_id)},
                                {"kind", acquisition.kind},
                                {"provider", acquisition.provider},
                                {"address", text_or_null(acquisition.address)},
                                {"vendor_id", text_or_null(acquisition.vendor_id)},
                                {"state", acquisition.state},
                                {"worker", acquisition.worker},
                                {"started_at", acquisition.started_at},
                                {"next_try_at", nullable(next_try_at)}});
}

void AcquisitionRepository::add_move(UnitOfWork& unit, const Acquisition& acquisition,
                                     const Move& move, UnixMillis at) {
  unit.expect(1, "acquisitions.move",
              {{"org_id", acquisition.org_id},
               {"id", acquisition.id},
               {"state", text_value(move.state)},
               {"address", text_or_null(move.address)},
               {"vendor_id", text_or_null(move.vendor_id)},
               {"error_code", text_or_null(move.error_code)},
               {"next_try_at", nullable(move.next_try_at)},
               {"tries", acquisition.tries},
               {"state_before", acquisition.state},
               {"at", at}});
}

Task<Result<std::vector<Acquisition>>> AcquisitionRepository::of_provisioning(
    std::string_view org_id, std::string_view provisioning_id) const {
  return read_all(
      store_, "acquisitions.of_provisioning",
      {{"org_id", text_value(org_id)}, {"provisioning_id", text_value(provisioning_id)}}, from_row);
}

Task<Result<std::vector<Acquisition>>> AcquisitionRepository::of_agent(
    std::string_view org_id, std::string_view agent_id) const {
  return read_all(store_, "acquisitions.of_agent",
                  {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}}, from_row);
}

Task<Result<std::vector<Acquisition>>> AcquisitionRepository::of_number(
    std::string_view org_id, std::string_view number) const {
  return read_all(store_, "acquisitions.of_number",
                  {{"org_id", text_value(org_id)}, {"number", text_value(number)}}, from_row);
}

Task<Result<std::vector<Acquisition>>> AcquisitionRepository::unsettled(std::string_view org_id,
                                                                        std::int64_t limit) const {
  return read_all(store_, "acquisitions.unsettled",
                  {{"org_id", text_value(org_id)}, {"limit", limit}}, from_row);
}

Task<Result<std::vector<Acquisition>>> AcquisitionRepository::due(UnixMillis now,
                                                                  std::string_view worker,
                                                                  UnixMillis begun_at,
                                                                  std::int64_t limit) const {
  return read_all(
      store_, "acquisitions.due",
      {{"now", now}, {"worker", text_value(worker)}, {"begun_at", begun_at}, {"limit", limit}},
      from_row);
}

}  // namespace commsd::store
