#include "store/route_repository.h"

#include "store/callback_rows.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

Route route_from_row(const Row& row) {
  Route route;
  route.org_id = row.text("org_id");
  route.agent_id = row.text("agent_id");
  route.kind = row.text("kind");
  route.target = row.text("target");
  route.sealed_secret = row.text("sealed_secret");
  route.created_at = row.integer("created_at");
  route.updated_at = row.integer("updated_at");
  return route;
}

}  // namespace

Task<Result<std::vector<Route>>> RouteRepository::of_agent(std::string_view org_id,
                                                           std::string_view agent_id) const {
  return read_all(store_, "routes.of_agent",
                  {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}},
                  route_from_row);
}

Task<Result<std::vector<CallbackDelivery>>> RouteRepository::told_of(
    std::string_view org_id, std::string_view subject_id) const {
  return read_all(store_, "callback_copies.of",
                  {{"org_id", text_value(org_id)}, {"subject_id", text_value(subject_id)}},
                  delivery_from_row);
}

Task<Result<bool>> RouteRepository::any_due(UnixMillis now) const {
  return any_row(store_, "callback_copies.any_due", {{"now", now}});
}

void RouteRepository::add_lock(UnitOfWork& unit, std::string_view org_id,
                               std::string_view agent_id) {
  unit.expect(1, "routes.lock",
              {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void RouteRepository::add_set(UnitOfWork& unit, const Route& route, UnixMillis at) {
  unit.expect(1, "routes.set",
              {{"org_id", route.org_id},
               {"agent_id", route.agent_id},
               {"kind", route.kind},
               {"target", route.target},
               {"sealed_secret", text_or_null(route.sealed_secret)},
               {"at", at}});
}

void RouteRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view kind) {
  unit.run("routes.remove", {{"org_id", text_value(org_id)},
                             {"agent_id", text_value(agent_id)},
                             {"kind", text_value(kind)}});
}

void RouteRepository::add_note_with_agent(UnitOfWork& unit, std::string_view org_id,
                                          std::string_view agent_id) {
  unit.expect(1, "routes.note_with_agent",
              {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void RouteRepository::add_told(UnitOfWork& unit, const CallbackDelivery& delivery) {
  unit.run("callback_copies.add", {{"id", delivery.id},
                                   {"org_id", delivery.org_id},
                                   {"agent_id", delivery.agent_id},
                                   {"event", delivery.event},
                                   {"subject_id", delivery.subject_id},
                                   {"at", delivery.created_at}});
}

void RouteRepository::add_told_state(UnitOfWork& unit, const CallbackDelivery& delivery,
                                     std::string_view state) {
  unit.run("callback_copies.add_state", {{"id", delivery.id},
                                         {"org_id", delivery.org_id},
                                         {"event", delivery.event},
                                         {"message_id", delivery.subject_id},
                                         {"state", text_value(state)},
                                         {"at", delivery.created_at}});
}

void RouteRepository::add_claim(UnitOfWork& unit, std::string_view worker, UnixMillis now,
                                UnixMillis lease_until, std::int64_t limit) {
  unit.fetch("callback_copies.claim", {{"worker", text_value(worker)},
                                       {"now", now},
                                       {"lease_until", lease_until},
                                       {"limit", limit}});
}

std::vector<CallbackDelivery> RouteRepository::read_claimed(const Rows& rows) {
  return from_rows(rows, delivery_from_row);
}

void RouteRepository::add_finish(UnitOfWork& unit, const CallbackDelivery& delivery,
                                 const CallbackResult& result) {
  unit.expect(1, "callback_copies.finish", finish_parameters(delivery, result));
}

}  // namespace commsd::store
