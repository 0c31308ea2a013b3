#include "messaging/number_routing.h"

#include "policy/opt_out.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::messaging {

namespace {

constexpr std::string_view pool_prefix = "pool:";

}  // namespace

Task<Result<std::optional<store::Agent>>> NumberRouting::of_path(std::string name) const {
  if (!name.starts_with(pool_prefix)) {
    auto agent = co_await agents_.find_for_webhook(name);
    co_return agent;
  }
  auto organization = co_await organizations_.find(name.substr(pool_prefix.size()));
  if (!organization) co_return fail(organization.error());
  std::optional<store::Agent> pool;
  if (*organization) {
    pool.emplace();
    pool->org_id = (*organization)->id;
    pool->status = "active";
  }
  co_return pool;
}

Task<Result<std::optional<store::Agent>>> NumberRouting::find(store::Agent in_path,
                                                              std::string channel, std::string to,
                                                              std::string from) const {
  const std::string contact = policy::contact_hash(contact_key_, from);
  auto route = co_await pools_.route(in_path.org_id, channel, to, contact);
  if (!route) co_return fail(route.error());
  std::optional<store::Agent> found;
  std::string id;
  if (*route) {
    id = (*route)->owner;
    if (id.empty()) id = (*route)->last_agent;
    if (id.empty()) id = (*route)->default_agent;
    if (id.empty() && (*route)->pooled) co_return found;
  }
  if (id.empty() && in_path.id.empty()) co_return found;
  if (id.empty() || id == in_path.id) {
    found = std::move(in_path);
    co_return found;
  }
  auto agent = co_await agents_.find(in_path.org_id, id);
  co_return agent;
}

void report_unrouted(std::string_view org_id, std::string_view channel) {
  telemetry::metrics()
      .counter("commsd_inbound_unrouted_total",
               "Messages and calls to a shared number that no agent could be given.",
               {{"channel", channel}})
      .add();
  log::warn("inbound_unrouted", {{"org_id", org_id}, {"channel", channel}});
}

Error unrouted(std::string_view channel) {
  return make_error(
      ErrorCode::not_found,
      "no agent of the organization has reached this contact from this number, and none "
      "is named for it (" +
          std::string(channel) + ")",
      "name one: commsctl numbers set --to agent --agent ID", unrouted_rule);
}

}  // namespace commsd::messaging
