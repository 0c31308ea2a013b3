#include "store/route_repository.h"

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

CallbackDelivery delivery_from_row(const Row& row) {
  CallbackDelivery delivery;
  delivery.id = row.text("id");
  delivery.org_id = row.text("org_id");
  delivery.agent_id = row.text("agent_id");
  delivery.event = row.text("event");
  delivery.subject_id = row.text("subject_id");
  delivery.state = row.text("state");
  delivery.attempts = row.integer("attempts");
  delivery.next_attempt_at = row.maybe_integer("next_attempt_at");
  delivery.worker = row.text("worker");
  delivery.last_status = row.integer("last_status");
  delivery.last_error = row.text("last_error");
  delivery.created_at = row.integer("created_at");
  delivery.ended_at = row.maybe_integer("ended_at");
  return delivery;
}

Task<Result<bool>> any_row(Store& store, std::string_view statement, Parameters parameters) {
  Result<Rows> rows = co_await store.query(statement, std::move(parameters));
  if (!rows) co_return fail(rows.error());
  co_return !rows->empty();
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
  std::vector<CallbackDelivery> claimed;
  claimed.reserve(rows.size());
  for (const Row& row : rows) claimed.push_back(delivery_from_row(row));
  return claimed;
}

void RouteRepository::add_finish(UnitOfWork& unit, const CallbackDelivery& delivery,
                                 const CallbackResult& result) {
  const bool ended = result.state != "waiting";
  unit.expect(1, "callback_copies.finish",
              {{"org_id", delivery.org_id},
               {"id", delivery.id},
               {"worker", delivery.worker},
               {"attempts", delivery.attempts},
               {"state", result.state},
               {"next_attempt_at", nullable(result.next_attempt_at)},
               {"last_status", result.status > 0 ? Value(result.status) : Value()},
               {"last_error", text_or_null(result.error)},
               {"ended_at", ended ? Value(result.at) : Value()}});
}

}  // namespace commsd::store
