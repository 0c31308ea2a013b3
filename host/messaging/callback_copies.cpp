#include "messaging/callback_copies.h"

#include <algorithm>

#include "messaging/copies.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

/// Fewer than of the callbacks themselves, whose connections these must not take.
constexpr std::size_t most_in_flight = 64;

}  // namespace

Task<Result<std::size_t>> CallbackCopies::run_due() {
  const UnixMillis now = clock_.now();
  if (gate_.inside() >= most_in_flight) co_return std::size_t{0};
  // A look first, because a claim is a transaction of the writer, and mostly there is nothing.
  auto any = co_await routes_.any_due(now);
  if (!any) co_return fail(any.error());
  if (!*any) co_return std::size_t{0};
  const CallbackSettings& settings = post_.settings();
  store::UnitOfWork unit;
  store::RouteRepository::add_claim(unit, settings.worker, now, now + settings.lease.count(),
                                    static_cast<std::int64_t>(most_in_flight - gate_.inside()));
  Result<store::UnitOutcome> claimed = co_await store_.commit(std::move(unit));
  if (!claimed) co_return fail(claimed.error());
  std::vector<store::CallbackDelivery> copies =
      store::RouteRepository::read_claimed(claimed->rows.front());
  for (store::CallbackDelivery& copy : copies) {
    std::optional<Gate::Pass> pass = gate_.enter();
    if (!pass) break;  // due again when the lease is over
    spawn(*Executor::current(), deliver(std::move(*pass), std::move(copy)));
  }
  co_return copies.size();
}

Task<void> CallbackCopies::deliver(Gate::Pass pass, store::CallbackDelivery copy) {
  const Gate::Pass inside = std::move(pass);
  Task<Result<store::CallbackResult>> trying = attempt(copy);
  Result<store::CallbackResult> result = co_await std::move(trying);
  if (!result) {  // of ours: it comes due again when the lease is over
    log::warn("callback_copy_not_tried",
              {{"copy_id", copy.id}, {"code", to_string(result.error().code)}});
    co_return;
  }
  result->at = clock_.now();
  store::UnitOfWork unit;
  store::RouteRepository::add_finish(unit, copy, *result);
  // What is not saved is told again when the lease is over, under the same id.
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (result->state == "delivered") co_return;
  log::info("callback_copy_failed", {{"copy_id", copy.id},
                                     {"agent_id", copy.agent_id},
                                     {"attempts", copy.attempts},
                                     {"status", result->status},
                                     {"state", result->state},
                                     {"saved", saved && saved->committed}});
}

Task<Result<store::CallbackResult>> CallbackCopies::attempt(
    const store::CallbackDelivery& copy) const {
  auto routes = co_await routes_.of_agent(copy.org_id, copy.agent_id);
  if (!routes) co_return fail(routes.error());
  const auto found = std::find_if(routes->begin(), routes->end(), [](const store::Route& one) {
    return one.kind == route::webhook_copy;
  });
  if (found == routes->end()) {
    store::CallbackResult removed;
    removed.state = "dead";
    removed.error = "the route was removed";
    co_return removed;
  }
  Result<std::vector<std::string>> keys =
      endpoints_.copy_keys(copy.org_id, copy.agent_id, found->sealed_secret);
  if (!keys) co_return fail(keys.error());
  bool reached = false;
  Task<Result<store::CallbackResult>> telling =
      post_.tell(copy, found->target, std::move(*keys), reached);
  co_return co_await std::move(telling);
}

}  // namespace commsd::messaging
