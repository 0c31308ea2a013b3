#include "messaging/callback_endpoints.h"

#include <array>

#include "base/sealed_text.h"
#include "messaging/callback_signature.h"
#include "store/agent_repository.h"

namespace commsd::messaging {

namespace {

constexpr std::size_t key_bytes = 32;  // Standard Webhooks: 24 to 64
constexpr std::size_t longest_url = 2048;
constexpr const char* no_callback = "this agent has no callback; set one first";

std::string place(std::string_view org_id, std::string_view agent_id) {
  return "callback secret|" + std::string(org_id) + '|' + std::string(agent_id);
}

std::string copy_place(std::string_view org_id, std::string_view agent_id) {
  return "callback copy|" + std::string(org_id) + '|' + std::string(agent_id);
}

}  // namespace

std::string CallbackEndpoints::make_secret() {
  std::array<std::uint8_t, key_bytes> key{};
  random_.fill(key);
  return callback_secret(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
}

std::string CallbackEndpoints::seal(const CallbackOwner& owner, const std::string& secret) {
  return seal_text(key_, secret, place(owner.org_id, owner.agent_id), random_);
}

Result<CallbackEndpoints::Prepared> CallbackEndpoints::prepare(const std::string& url) {
  if (url.empty() || url.size() > longest_url) {
    return fail(ErrorCode::invalid_argument, "the callback's address must have 1 to " +
                                                 std::to_string(longest_url) + " characters");
  }
  if (auto allowed = check_url_(url); !allowed) return fail(allowed.error());
  return Prepared{url, make_secret()};
}

void CallbackEndpoints::add_create(store::UnitOfWork& unit, const CallbackOwner& owner,
                                   const Prepared& prepared) {
  store::CallbackRepository::add_create(unit, owner.org_id, owner.agent_id, prepared.url,
                                        seal(owner, prepared.secret), clock_.now());
}

Task<Result<CallbackEndpoints::View>> CallbackEndpoints::view(std::string org_id,
                                                              std::string agent_id) const {
  View view;
  auto endpoint = co_await callbacks_.endpoint(org_id, agent_id);
  if (!endpoint) co_return fail(endpoint.error());
  view.endpoint = std::move(*endpoint);
  auto counts = co_await callbacks_.counts(org_id, agent_id);
  if (!counts) co_return fail(counts.error());
  view.deliveries = std::move(*counts);
  co_return view;
}

Task<Result<std::vector<store::CallbackDelivery>>> CallbackEndpoints::deliveries(
    std::string org_id, std::string agent_id, std::string state, std::int64_t limit) const {
  auto found = co_await callbacks_.list(org_id, agent_id, state, limit);
  co_return found;
}

Task<Result<void>> CallbackEndpoints::save(store::UnitOfWork unit, CallbackOwner owner,
                                           std::string action, std::string otherwise) {
  audit_.add_entry(unit, {owner.org_id, owner.actor, action, owner.agent_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, std::move(otherwise));
  co_return Result<void>();
}

Task<Result<std::string>> CallbackEndpoints::set(CallbackOwner owner, std::string url) {
  Result<Prepared> prepared = prepare(url);
  if (!prepared) co_return fail(prepared.error());
  auto endpoint = co_await callbacks_.endpoint(owner.org_id, owner.agent_id);
  if (!endpoint) co_return fail(endpoint.error());
  store::UnitOfWork unit;
  if (*endpoint) {
    store::CallbackRepository::add_set_url(unit, owner.org_id, owner.agent_id, url, clock_.now());
  } else {
    add_create(unit, owner, *prepared);
  }
  const std::string secret = *endpoint ? std::string() : prepared->secret;
  Task<Result<void>> saving = save(std::move(unit), std::move(owner), "callback_set",
                                   "there is no such agent, or its callback changed meanwhile");
  Result<void> saved = co_await std::move(saving);
  if (!saved) co_return fail(saved.error());
  co_return secret;
}

Task<Result<std::string>> CallbackEndpoints::rotate(CallbackOwner owner) {
  auto endpoint = co_await callbacks_.endpoint(owner.org_id, owner.agent_id);
  if (!endpoint) co_return fail(endpoint.error());
  if (!*endpoint) co_return fail(ErrorCode::not_found, no_callback);
  const std::string secret = make_secret();
  const UnixMillis now = clock_.now();
  store::UnitOfWork unit;
  store::CallbackRepository::add_rotate(
      unit, **endpoint, seal(owner, secret),
      now + std::chrono::duration_cast<std::chrono::milliseconds>(overlap_).count(), now);
  audit_.add_entry(unit, {owner.org_id, owner.actor, "callback_rotated", owner.agent_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "the secret was rotated by somebody else just now");
  }
  co_return secret;
}

Task<Result<void>> CallbackEndpoints::enable(CallbackOwner owner) {
  store::UnitOfWork unit;
  store::CallbackRepository::add_enable(unit, owner.org_id, owner.agent_id, clock_.now());
  Task<Result<void>> saving =
      save(std::move(unit), std::move(owner), "callback_enabled", no_callback);
  Result<void> saved = co_await std::move(saving);
  co_return saved;
}

Task<Result<void>> CallbackEndpoints::remove(CallbackOwner owner) {
  store::UnitOfWork unit;
  store::CallbackRepository::add_remove(unit, owner.org_id, owner.agent_id, clock_.now());
  Task<Result<void>> saving =
      save(std::move(unit), std::move(owner), "callback_removed", no_callback);
  Result<void> saved = co_await std::move(saving);
  co_return saved;
}

Task<Result<void>> CallbackEndpoints::replay(CallbackOwner owner, Replay what) {
  auto endpoint = co_await callbacks_.endpoint(owner.org_id, owner.agent_id);
  if (!endpoint) co_return fail(endpoint.error());
  if (!*endpoint) co_return fail(ErrorCode::not_found, no_callback);
  store::UnitOfWork unit;
  if (!what.id.empty()) {
    store::CallbackRepository::add_replay(unit, owner.org_id, owner.agent_id, what.id,
                                          clock_.now());
  } else if (what.state == "dead" || what.state == "delivered") {
    store::CallbackRepository::add_replay_all(unit, owner.org_id, owner.agent_id, what.state,
                                              what.since, clock_.now());
  } else {
    co_return fail(ErrorCode::invalid_argument,
                   "name one delivery, or the state 'dead' or 'delivered'");
  }
  Task<Result<void>> saving =
      save(std::move(unit), std::move(owner), "callback_replayed",
           "there is no delivery '" + what.id + "' of this agent that has ended");
  Result<void> saved = co_await std::move(saving);
  co_return saved;
}

std::string CallbackEndpoints::seal_copy(const CallbackOwner& owner, const std::string& secret) {
  return seal_text(key_, secret, copy_place(owner.org_id, owner.agent_id), random_);
}

Result<std::vector<std::string>> CallbackEndpoints::copy_keys(const std::string& org_id,
                                                              const std::string& agent_id,
                                                              const std::string& sealed) const {
  const auto secret = open_text(key_, sealed, copy_place(org_id, agent_id));
  const std::string key = secret ? callback_key(*secret) : std::string();
  if (key.empty()) {
    return fail(ErrorCode::internal, "the secret of the callback's copy cannot be opened");
  }
  return std::vector<std::string>{key};
}

Result<std::vector<std::string>> CallbackEndpoints::keys(
    const store::CallbackEndpoint& endpoint) const {
  std::vector<std::string> keys;
  const auto add = [&](const std::string& sealed) {
    const auto secret = open_text(key_, sealed, place(endpoint.org_id, endpoint.agent_id));
    std::string key = secret ? callback_key(*secret) : std::string();
    if (!key.empty()) keys.push_back(std::move(key));
    return secret.has_value();
  };
  if (!add(endpoint.sealed_secret)) {
    return fail(ErrorCode::internal, "the callback's secret cannot be opened");
  }
  const bool overlap = endpoint.previous_until && clock_.now() < *endpoint.previous_until;
  if (overlap && !endpoint.sealed_previous.empty()) add(endpoint.sealed_previous);
  return keys;
}

}  // namespace commsd::messaging
