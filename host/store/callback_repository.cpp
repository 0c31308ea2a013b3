#include "store/callback_repository.h"

#include "store/callback_rows.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

CallbackEndpoint endpoint_from_row(const Row& row) {
  CallbackEndpoint endpoint;
  endpoint.org_id = row.text("org_id");
  endpoint.agent_id = row.text("agent_id");
  endpoint.url = row.text("url");
  endpoint.sealed_secret = row.text("sealed_secret");
  endpoint.sealed_previous = row.text("sealed_previous");
  endpoint.previous_until = row.maybe_integer("previous_until");
  endpoint.status = row.text("status");
  endpoint.failing_since = row.maybe_integer("failing_since");
  endpoint.disabled_at = row.maybe_integer("disabled_at");
  endpoint.last_success_at = row.maybe_integer("last_success_at");
  endpoint.last_error = row.text("last_error");
  endpoint.created_at = row.integer("created_at");
  endpoint.updated_at = row.integer("updated_at");
  return endpoint;
}

CallbackDelivery queued_from_row(const Row& row) {
  CallbackDelivery delivery = delivery_from_row(row);
  delivery.lane = row.text("lane");
  return delivery;
}

Task<Result<std::map<std::string, std::int64_t>>> read_counts(Store& store, Parameters parameters) {
  Result<Rows> rows = co_await store.query("callback_deliveries.count", std::move(parameters));
  if (!rows) co_return fail(rows.error());
  std::map<std::string, std::int64_t> counts;
  for (const Row& row : *rows) counts[row.text("state")] = row.integer("count");
  co_return counts;
}

void add_advance_agent(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                       UnixMillis at) {
  unit.run("callback_deliveries.advance_agent",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"at", at}});
}

}  // namespace

Task<Result<std::optional<CallbackEndpoint>>> CallbackRepository::endpoint(
    std::string_view org_id, std::string_view agent_id) const {
  return read_optional(store_, "callback_endpoints.find",
                       {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}},
                       endpoint_from_row);
}

Task<Result<std::vector<CallbackEndpoint>>> CallbackRepository::endpoints(
    std::string_view org_id) const {
  return read_all(store_, "callback_endpoints.list", {{"org_id", text_value(org_id)}},
                  endpoint_from_row);
}

Task<Result<std::optional<CallbackDelivery>>> CallbackRepository::find(std::string_view org_id,
                                                                       std::string_view agent_id,
                                                                       std::string_view id) const {
  return read_optional(
      store_, "callback_deliveries.find",
      {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"id", text_value(id)}},
      queued_from_row);
}

Task<Result<std::vector<CallbackDelivery>>> CallbackRepository::list(std::string_view org_id,
                                                                     std::string_view agent_id,
                                                                     std::string_view state,
                                                                     std::int64_t limit) const {
  return read_all(store_, "callback_deliveries.list",
                  {{"org_id", text_value(org_id)},
                   {"agent_id", text_value(agent_id)},
                   {"state", text_or_null(state)},
                   {"limit", limit}},
                  queued_from_row);
}

Task<Result<std::map<std::string, std::int64_t>>> CallbackRepository::counts(
    std::string_view org_id, std::string_view agent_id) const {
  return read_counts(store_, {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

Task<Result<bool>> CallbackRepository::any_due(UnixMillis now) const {
  return any_row(store_, "callback_deliveries.any_due", {{"now", now}});
}

void CallbackRepository::add_create(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, std::string_view url,
                                    std::string_view sealed_secret, UnixMillis at) {
  unit.expect(1, "callback_endpoints.create",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"url", text_value(url)},
               {"sealed_secret", text_value(sealed_secret)},
               {"at", at}});
}

void CallbackRepository::add_set_url(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view agent_id, std::string_view url,
                                     UnixMillis at) {
  unit.expect(1, "callback_endpoints.set_url",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"url", text_value(url)},
               {"at", at}});
  add_advance_agent(unit, org_id, agent_id, at);
}

void CallbackRepository::add_rotate(UnitOfWork& unit, const CallbackEndpoint& endpoint,
                                    std::string_view sealed_secret, UnixMillis previous_until,
                                    UnixMillis at) {
  unit.expect(1, "callback_endpoints.rotate",
              {{"org_id", endpoint.org_id},
               {"agent_id", endpoint.agent_id},
               {"expected_secret", endpoint.sealed_secret},
               {"sealed_secret", text_value(sealed_secret)},
               {"previous_until", previous_until},
               {"at", at}});
}

void CallbackRepository::add_enable(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, UnixMillis at) {
  unit.expect(1, "callback_endpoints.enable",
              {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"at", at}});
  add_advance_agent(unit, org_id, agent_id, at);
}

void CallbackRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, UnixMillis at) {
  unit.expect(1, "callback_endpoints.remove",
              {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
  unit.run("callback_deliveries.give_up", {{"org_id", text_value(org_id)},
                                           {"agent_id", text_value(agent_id)},
                                           {"error", std::string("the callback was removed")},
                                           {"at", at}});
}

void CallbackRepository::add_item(UnitOfWork& unit, const CallbackDelivery& delivery) {
  unit.run("callback_deliveries.add", {{"id", delivery.id},
                                       {"org_id", delivery.org_id},
                                       {"agent_id", delivery.agent_id},
                                       {"lane", delivery.lane},
                                       {"event", delivery.event},
                                       {"subject_id", delivery.subject_id},
                                       {"at", delivery.created_at}});
}

void CallbackRepository::add_state(UnitOfWork& unit, const CallbackDelivery& delivery,
                                   std::string_view state) {
  unit.run("callback_deliveries.add_state", {{"id", delivery.id},
                                             {"org_id", delivery.org_id},
                                             {"lane", delivery.lane},
                                             {"event", delivery.event},
                                             {"message_id", delivery.subject_id},
                                             {"state", text_value(state)},
                                             {"at", delivery.created_at}});
}

void CallbackRepository::add_claim(UnitOfWork& unit, std::string_view worker, UnixMillis now,
                                   UnixMillis lease_until, std::int64_t limit) {
  unit.fetch("callback_deliveries.claim", {{"worker", text_value(worker)},
                                           {"now", now},
                                           {"lease_until", lease_until},
                                           {"limit", limit}});
}

void CallbackRepository::add_reclaim(UnitOfWork& unit, std::string_view worker, UnixMillis now) {
  unit.run("callback_deliveries.reclaim", {{"worker", text_value(worker)}, {"now", now}});
}

std::vector<CallbackDelivery> CallbackRepository::read_claimed(const Rows& rows) {
  return from_rows(rows, queued_from_row);
}

void CallbackRepository::add_finish(UnitOfWork& unit, const CallbackDelivery& delivery,
                                    const CallbackResult& result) {
  unit.expect(1, "callback_deliveries.finish", finish_parameters(delivery, result));
  if (result.state == "waiting") return;
  unit.run("callback_deliveries.advance",
           {{"org_id", delivery.org_id}, {"lane", delivery.lane}, {"at", result.at}});
}

void CallbackRepository::add_succeeded(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view agent_id, UnixMillis at) {
  unit.run("callback_endpoints.succeeded",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"at", at}});
}

void CallbackRepository::add_failed(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, std::string_view error,
                                    UnixMillis failing_before, UnixMillis at) {
  unit.run("callback_endpoints.failed", {{"org_id", text_value(org_id)},
                                         {"agent_id", text_value(agent_id)},
                                         {"error", text_value(error)},
                                         {"at", at}});
  unit.run("callback_endpoints.disable", {{"org_id", text_value(org_id)},
                                          {"agent_id", text_value(agent_id)},
                                          {"failing_before", failing_before},
                                          {"at", at}});
  unit.run("callback_deliveries.park",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void CallbackRepository::add_replay(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, std::string_view id, UnixMillis at) {
  unit.expect(
      1, "callback_deliveries.replay",
      {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"id", text_value(id)}});
  add_advance_agent(unit, org_id, agent_id, at);
}

void CallbackRepository::add_replay_all(UnitOfWork& unit, std::string_view org_id,
                                        std::string_view agent_id, std::string_view state,
                                        UnixMillis since, UnixMillis at) {
  unit.run("callback_deliveries.replay_all", {{"org_id", text_value(org_id)},
                                              {"agent_id", text_value(agent_id)},
                                              {"state", text_value(state)},
                                              {"since", since}});
  add_advance_agent(unit, org_id, agent_id, at);
}

void CallbackRepository::add_advance_forgotten(UnitOfWork& unit, UnixMillis at) {
  unit.run("callback_deliveries.advance_forgotten", {{"at", at}});
}

}  // namespace commsd::store
