#include "voice/bridges.h"

#include "base/text.h"

namespace commsd::voice {

namespace {

tl::unexpected<Error> no_number(std::string_view argument) {
  return fail(
      ErrorCode::invalid_argument,
      "'" + std::string(argument) + "' must be a phone number in E.164 form, like +14155550100");
}

}  // namespace

Task<Result<store::Bridge>> Bridges::set_up(store::Bridge bridge) {
  if (bridge.caller != "*" && !is_e164(bridge.caller)) co_return no_number("fromNumber");
  if (!is_e164(bridge.local_number)) co_return no_number("localNumber");
  if (!is_e164(bridge.destination)) co_return no_number("destinationNumber");
  if (bridge.label.size() > 128 || has_control_character(bridge.label)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'label' must have at most 128 characters and no line breaks");
  }
  if (bridge.destination == bridge.local_number) {
    co_return fail(ErrorCode::invalid_argument,
                   "'destinationNumber' is the number itself: calls would go in circles");
  }
  auto channel = co_await channels_.find_by_address("voice", bridge.local_number);
  if (!channel) co_return fail(channel.error());
  if (!*channel || (*channel)->org_id != bridge.org_id) {
    co_return fail(ErrorCode::not_found,
                   "'localNumber' is no number of an agent of this organization that takes calls");
  }
  bridge.id = ids_.make("br");
  bridge.agent_id = (*channel)->agent_id;
  bridge.created_at = clock_.now();
  store::UnitOfWork unit;
  store::BridgeRepository::add_create(unit, bridge);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (saved->committed) co_return bridge;
  auto twin = co_await bridges_.find_twin(bridge.org_id, bridge.local_number, bridge.caller);
  if (!twin) co_return fail(twin.error());
  const std::string id = *twin ? " '" + (*twin)->id + "'" : "";
  co_return fail(ErrorCode::conflict,
                 "there is a bridge" + id + " for this number and caller; remove it first");
}

Task<Result<void>> Bridges::remove(std::string org_id, std::string id) {
  store::UnitOfWork unit;
  store::BridgeRepository::add_remove(unit, org_id, id);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no bridge '" + id + "'");
  co_return Result<void>();
}

Task<Result<Bridges::Overview>> Bridges::list(std::string org_id) const {
  auto bridges = co_await bridges_.list(org_id, 500);
  if (!bridges) co_return fail(bridges.error());
  auto recent = co_await calls_.of_bridges(org_id, 20);
  if (!recent) co_return fail(recent.error());
  co_return Overview{std::move(*bridges), std::move(*recent)};
}

Task<Result<CallOutcome>> Bridges::call(std::string org_id, std::string id, std::string caller,
                                        CallRequest request) {
  auto bridge = co_await bridges_.find(org_id, id);
  if (!bridge) co_return fail(bridge.error());
  if (!*bridge) co_return fail(ErrorCode::not_found, "there is no bridge '" + id + "'");
  if ((*bridge)->caller != "*" && (*bridge)->caller != caller) {
    co_return fail(ErrorCode::invalid_argument, "this bridge is for another 'callerNumber'");
  }
  request.org_id = std::move(org_id);
  request.agent_id = (*bridge)->agent_id;
  request.purpose = "bridge";
  request.to = std::move(caller);
  request.bridge_id = (*bridge)->id;
  request.script.dial = (*bridge)->destination;
  request.script.dial_from = (*bridge)->local_number;
  Task<Result<CallOutcome>> placing = outbound_.place(std::move(request));
  co_return co_await std::move(placing);
}

}  // namespace commsd::voice
