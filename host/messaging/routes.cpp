#include "messaging/routes.h"

#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "messaging/copies.h"

namespace commsd::messaging {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> names = {{
    {"smsMirror", route::sms_mirror},
    {"emailBcc", route::email_bcc},
    {"webhookCopy", route::webhook_copy},
    {"callRecording", route::call_recording},
}};

std::string_view kind_of(std::string_view name) {
  for (const auto& [known, kind] : names) {
    if (known == name) return kind;
  }
  return {};
}

tl::unexpected<Error> refuse(std::string_view name, std::string_view what) {
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(name) + "' " + std::string(what) + "; \"\" ends the route");
}

Result<void> check_target(std::string_view name, std::string_view kind, const std::string& target) {
  if (target.empty()) return {};
  if (kind == route::sms_mirror && !is_e164(target)) {
    return refuse(name, "must be a phone number in E.164 form, like +14155550100");
  }
  if (kind == route::email_bcc && !is_email_address(target)) {
    return refuse(name, "must be an e-mail address, like archive@example.com");
  }
  if (kind == route::call_recording && target != "on") return refuse(name, "must be \"on\"");
  return {};
}

/// Which routes changed, and no address.
std::string details_of(const Routes::Prepared& prepared) {
  JsonWriter out;
  out.begin_object();
  for (const store::Route& one : prepared.routes) {
    out.field(one.kind, one.target.empty() ? "removed" : "set");
  }
  return out.end_object().take();
}

}  // namespace

std::string_view Routes::name_of(std::string_view kind) {
  for (const auto& [name, known] : names) {
    if (known == kind) return name;
  }
  return kind;
}

Result<Routes::Prepared> Routes::prepare(const Wanted& wanted) {
  Prepared prepared;
  for (const auto& [name, target] : wanted) {
    const std::string_view kind = kind_of(name);
    if (kind.empty()) {
      return fail(ErrorCode::invalid_argument,
                  "'" + name +
                      "' is no route; there are smsMirror, emailBcc, webhookCopy and "
                      "callRecording");
    }
    if (auto good = check_target(name, kind, target); !good) return fail(good.error());
    store::Route one;
    one.kind = kind;
    one.target = target;
    if (kind == route::webhook_copy && !target.empty()) {
      auto callback = endpoints_.prepare(target);
      if (!callback) return fail(callback.error());
      prepared.secret = std::move(callback->secret);
    }
    prepared.routes.push_back(std::move(one));
  }
  return prepared;
}

void Routes::add_set(store::UnitOfWork& unit, const CallbackOwner& owner,
                     const Prepared& prepared) {
  const UnixMillis now = clock_.now();
  store::RouteRepository::add_lock(unit, owner.org_id, owner.agent_id);
  for (store::Route one : prepared.routes) {
    if (one.target.empty()) {
      store::RouteRepository::add_remove(unit, owner.org_id, owner.agent_id, one.kind);
      continue;
    }
    one.org_id = owner.org_id;
    one.agent_id = owner.agent_id;
    if (one.kind == route::webhook_copy) {
      one.sealed_secret = endpoints_.seal_copy(owner, prepared.secret);
    }
    store::RouteRepository::add_set(unit, one, now);
  }
  store::RouteRepository::add_note_with_agent(unit, owner.org_id, owner.agent_id);
}

Task<Result<std::string>> Routes::set(CallbackOwner owner, Wanted wanted) {
  Result<Prepared> prepared = prepare(wanted);
  if (!prepared) co_return fail(prepared.error());
  store::UnitOfWork unit;
  add_set(unit, owner, *prepared);
  audit_.add_entry(
      unit, {owner.org_id, owner.actor, "routes_set", owner.agent_id, details_of(*prepared)});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed && saved->failed_step == 0) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + owner.agent_id + "' in this organization");
  }
  if (!saved->committed) {
    co_return fail(ErrorCode::rejected,
                   "a route may not lead to a number or mailbox of the agent itself; name another "
                   "one");
  }
  co_return std::move(prepared->secret);
}

Task<Result<std::vector<store::Route>>> Routes::view(std::string org_id,
                                                     std::string agent_id) const {
  auto found = co_await routes_.of_agent(org_id, agent_id);
  co_return found;
}

}  // namespace commsd::messaging
