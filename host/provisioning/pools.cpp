#include "provisioning/pools.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "identity/organization_service.h"
#include "identity/scopes.h"
#include "messaging/number_routing.h"
#include "store/acquisition_repository.h"
#include "store/agent_repository.h"
#include "telemetry/log.h"

namespace commsd::provisioning {

namespace {

constexpr std::chrono::milliseconds vendor_limit{8'000};
constexpr std::int64_t most_senders = 1'000;

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Result<void> check(const Pools::NewNumber& wanted) {
  if (!wanted.number.empty() && !is_e164(wanted.number)) {
    return fail(ErrorCode::invalid_argument, "'number' must be in E.164 form, like +14155550100");
  }
  if (wanted.country.size() != 2) {
    return fail(ErrorCode::invalid_argument, "'country' must be a code of two letters, like US");
  }
  for (const std::string& word : wanted.capabilities) {
    if (word == "sms" || word == "voice" || word == "mms") continue;
    return fail(ErrorCode::invalid_argument, "'capabilities' are among sms, mms and voice");
  }
  if (wanted.capabilities.empty()) {
    return fail(ErrorCode::invalid_argument, "'capabilities' must name at least one");
  }
  if (wanted.label.size() > 128 || has_control_character(wanted.label)) {
    return fail(ErrorCode::invalid_argument, "'label' must have at most 128 characters");
  }
  return {};
}

}  // namespace

Task<Result<store::Acquisition>> Pools::buy(std::string org_id, std::string country, bool sms,
                                            bool voice) {
  const auto telephony = providers_.telephony({org_id, ""});
  if (!telephony) {
    co_return fail(providers_.why_none("the slot 'telephony'", {org_id, ""}));
  }
  Purchases::Order order{std::move(org_id), "", "", {}};
  order.query.country = std::move(country);
  order.query.sms = sms;
  order.query.voice = voice;
  Task<Result<store::Acquisition>> buying =
      provisioning_.purchases().buy_number(telephony, std::move(order), vendor_limit);
  co_return co_await std::move(buying);
}

Task<Result<store::PoolNumber>> Pools::add_number(identity::Principal actor, NewNumber wanted) {
  if (auto good = check(wanted); !good) co_return fail(good.error());
  const auto telephony = providers_.telephony({wanted.org_id, ""});
  if (!telephony) {
    co_return fail(providers_.why_none("the slot 'telephony'", {wanted.org_id, ""}));
  }
  Task<Result<void>> checking = check_agent(wanted.org_id, wanted.agent_id);
  if (auto known = co_await std::move(checking); !known) co_return fail(known.error());
  std::vector<plugin::ChannelKind> channels;
  if (has(wanted.capabilities, "sms") || has(wanted.capabilities, "mms")) {
    channels.push_back(plugin::ChannelKind::sms);
  }
  if (has(wanted.capabilities, "voice")) channels.push_back(plugin::ChannelKind::voice);
  Task<Result<void>> permitting =
      provisioning_.requirements().check(wanted.org_id, wanted.country, std::move(channels));
  if (auto permitted = co_await std::move(permitting); !permitted)
    co_return fail(permitted.error());
  std::optional<store::Acquisition> held;
  store::PoolNumber added;
  added.org_id = wanted.org_id;
  added.number = wanted.number;
  if (wanted.number.empty()) {
    Result<store::Acquisition> bought =
        co_await buy(wanted.org_id, wanted.country, has(wanted.capabilities, "sms"),
                     has(wanted.capabilities, "voice"));
    if (!bought) co_return fail(bought.error());
    held = *bought;
    added.number = held->address;
    added.vendor_id = held->vendor_id;
  }
  // Also when nobody is named: what contacts answer is for the agent that wrote to them, and a STOP
  // is for all of them.
  const std::string base = provisioning_.settings().public_url + "/webhooks/" +
                           messaging::NumberRouting::pool_path(wanted.org_id);
  plugin::NumberRoutes routes{base + "/sms", base + "/voice", base + "/call-status"};
  plugin::BoughtNumber number{added.number, added.vendor_id};
  Result<void> configured =
      co_await telephony->configure_number(std::move(number), std::move(routes), vendor_limit);
  if (!configured) {
    if (held) co_await provisioning_.purchases().give_back(*held);
    co_return fail(configured.error());
  }
  added.country = wanted.country;
  added.capabilities = identity::join_words(wanted.capabilities);
  added.status = "active";
  added.label = wanted.label;
  added.provider = telephony->name();
  added.agent_id = wanted.agent_id;
  added.created_at = clock_.now();
  store::UnitOfWork unit;
  store::PoolRepository::add_number(unit, added);
  if (held) provisioning_.purchases().add_own(unit, *held);
  audit_.add_entry(unit, {wanted.org_id, identity::actor_of(actor), "pool_number_added", "", ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  const bool committed = saved && saved->committed;
  const bool unknown = !saved && saved.error().code == ErrorCode::ambiguous;
  if (!committed && !unknown && held) co_await provisioning_.purchases().give_back(*held);
  if (!saved) co_return fail(saved.error());
  if (!committed) co_return fail(ErrorCode::conflict, "the number is in a pool already");
  co_return added;
}

Task<Result<void>> Pools::remove_number(identity::Principal actor, std::string org_id,
                                        std::string number) {
  const store::AcquisitionRepository ledger(store_);
  store::UnitOfWork unit;
  store::PoolRepository::add_remove_number(unit, org_id, number);
  auto owned = co_await ledger.of_number(org_id, number);
  if (!owned) co_return fail(owned.error());
  for (store::Acquisition& one : *owned) provisioning_.purchases().add_release(unit, one);
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "pool_number_removed", "", ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "the number is not in the organization's pool");
  }
  for (const store::Acquisition& one : *owned) {
    Result<void> released = co_await provisioning_.purchases().settle(one);
    if (!released) co_return fail(released.error());
  }
  co_return Result<void>();
}

Task<Result<void>> Pools::change_number(identity::Principal actor, std::string org_id,
                                        std::string number, std::string what) {
  store::UnitOfWork unit;
  if (what == "default") {
    store::PoolRepository::add_set_default(unit, org_id, number);
  } else if (what == "active" || what == "disabled") {
    store::PoolRepository::add_set_number_status(unit, org_id, number, what);
  } else {
    co_return fail(
        ErrorCode::invalid_argument,
        "a number is made default, active or disabled, or is given an agent or providers");
  }
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "pool_number_" + what, "", ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "the number is not in the organization's pool");
  }
  co_return Result<void>();
}

Task<Result<void>> Pools::check_agent(std::string org_id, std::string agent_id) const {
  if (agent_id.empty()) co_return Result<void>();
  const store::AgentRepository agents(store_);
  auto agent = co_await agents.find(org_id, agent_id);
  if (!agent) co_return fail(agent.error());
  if (!*agent) co_return fail(ErrorCode::not_found, "there is no such agent in the organization");
  co_return Result<void>();
}

Task<Result<void>> Pools::name_agent(identity::Principal actor, std::string org_id,
                                     std::string number, std::string agent_id) {
  Task<Result<void>> checking = check_agent(org_id, agent_id);
  if (auto known = co_await std::move(checking); !known) co_return fail(known.error());
  store::UnitOfWork unit;
  store::PoolRepository::add_set_number_agent(unit, org_id, number, agent_id);
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "pool_number_agent", agent_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "the number is not in the organization's pool");
  }
  co_return Result<void>();
}

Task<Result<void>> Pools::set_providers(identity::Principal actor, std::string org_id,
                                        std::string number, std::vector<std::string> providers) {
  if (providers.empty()) {
    co_return fail(ErrorCode::invalid_argument, "'provider' must name at least one");
  }
  for (const std::string& name : providers) {
    if (providers_.named(plugin::ChannelKind::sms, name, {org_id, ""})) continue;
    co_return fail(ErrorCode::not_found, "no telephony provider '" + name +
                                             "' is configured for this organization; commsctl "
                                             "plugins lists those there are");
  }
  store::UnitOfWork unit;
  store::PoolRepository::add_set_owners(unit, org_id, number, identity::join_words(providers));
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "number_providers", "", ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found,
                   "neither the organization's pool nor one of its agents "
                   "has this number");
  }
  co_return Result<void>();
}

Task<Result<std::vector<store::PoolNumber>>> Pools::numbers(std::string org_id) const {
  auto all = co_await pools_.numbers(org_id);
  co_return all;
}

Task<Result<std::vector<store::WhatsappSender>>> Pools::senders(std::string org_id) const {
  auto all = co_await pools_.senders(org_id);
  co_return all;
}

Task<Result<Pools::Refilled>> Pools::refill_senders(identity::Principal actor, std::string org_id,
                                                    std::string country, std::int64_t size) {
  if (size < 0 || size > most_senders) {
    co_return fail(ErrorCode::invalid_argument, "'size' must be 0 to 1000");
  }
  Task<Result<void>> permitting =
      provisioning_.requirements().check(org_id, country, {plugin::ChannelKind::whatsapp});
  if (auto permitted = co_await std::move(permitting); !permitted)
    co_return fail(permitted.error());
  auto before = co_await pools_.senders(org_id);
  if (!before) co_return fail(before.error());
  Refilled done;
  std::erase_if(*before, [](const auto& one) { return one.status == "gone"; });
  for (std::int64_t have = static_cast<std::int64_t>(before->size()); have < size; ++have) {
    Result<void> added = co_await add_sender(actor, org_id, country);
    if (!added) co_return fail(added.error());
    ++done.added;
  }
  auto available = co_await pools_.available_senders(org_id, most_senders);
  if (!available) co_return fail(available.error());
  done.available = static_cast<std::int64_t>(available->size());
  co_return done;
}

Task<Result<void>> Pools::add_sender(identity::Principal actor, std::string org_id,
                                     std::string country) {
  const auto whatsapp = providers_.whatsapp({org_id, ""});
  if (!whatsapp) {
    co_return fail(providers_.why_none("the slot 'whatsapp'", {org_id, ""}));
  }
  Result<store::Acquisition> bought = co_await buy(org_id, country, true, false);
  if (!bought) co_return fail(bought.error());
  Purchases::SenderOrder order{org_id, "", "", {}};
  order.request.number = bought->address;
  order.request.display_name = "WhatsApp sender";
  order.request.message_url = provisioning_.settings().public_url + "/webhooks/" +
                              messaging::NumberRouting::pool_path(org_id) + "/whatsapp";
  Task<Result<Purchases::Sender>> registering =
      provisioning_.purchases().register_sender(whatsapp, std::move(order), vendor_limit);
  Result<Purchases::Sender> sender = co_await std::move(registering);
  if (!sender) {
    co_await provisioning_.purchases().give_back(*bought);
    co_return fail(sender.error());
  }
  const store::Acquisition& registered = sender->acquisition;
  const std::string status = sender->status == "online" ? "available" : "offline";
  store::UnitOfWork unit;
  store::PoolRepository::add_sender(unit, {org_id, bought->address, registered.vendor_id,
                                           whatsapp->name(), status, "", clock_.now()});
  provisioning_.purchases().add_own(unit, *bought);
  provisioning_.purchases().add_own(unit, registered);
  audit_.add_entry(
      unit, {org_id, identity::actor_of(actor), "whatsapp_sender_added", registered.vendor_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (saved && saved->committed) co_return Result<void>();
  if (!saved && saved.error().code == ErrorCode::ambiguous) co_return fail(saved.error());
  co_await provisioning_.purchases().give_back(registered);
  co_await provisioning_.purchases().give_back(*bought);
  if (!saved) co_return fail(saved.error());
  co_return fail(ErrorCode::conflict, "the number is a sender already");
}

Task<Result<Pools::CheckedSenders>> Pools::check_senders(identity::Principal actor,
                                                         std::string org_id) {
  auto all = co_await pools_.senders(org_id);
  if (!all) co_return fail(all.error());
  CheckedSenders checked;
  std::vector<store::WhatsappSender> gone;
  std::set<std::string> known_at;  // providers that know one of them at least
  for (const store::WhatsappSender& sender : *all) {
    const auto vendor = providers_.named_whatsapp(sender.provider, {org_id, ""});
    if (!vendor || sender.sender_id.empty()) continue;
    Result<plugin::SenderState> state =
        co_await vendor->sender_status(sender.sender_id, vendor_limit);
    if (!state) {
      if (state.error().code == ErrorCode::not_found) gone.push_back(sender);
      continue;
    }
    known_at.insert(sender.provider);
    const bool online = state->status == "online";
    ++(online ? checked.online : checked.offline);
    std::string status = online ? "available" : "offline";
    if (!sender.agent_id.empty()) status = "assigned";
    if (!online && !sender.agent_id.empty()) {
      log::warn("whatsapp_sender_offline",
                {{"org_id", org_id}, {"agent_id", sender.agent_id}, {"state", state->status}});
    }
    Task<Result<void>> setting = set_sender_status(sender, std::move(status));
    if (auto set = co_await std::move(setting); !set) co_return fail(set.error());
  }
  checked.gone = static_cast<std::int64_t>(gone.size());
  for (const store::WhatsappSender& sender : gone) {
    // When a vendor knows none of them, another account of it was configured more likely than all
    // were removed: then no number is given back, which nobody could get again.
    const bool leaves = sender.agent_id.empty() && known_at.contains(sender.provider);
    log::error("whatsapp_sender_gone", {{"org_id", org_id}, {"agent_id", sender.agent_id}});
    Task<Result<void>> taking =
        leaves ? take_out(actor, sender) : set_sender_status(sender, "gone");
    if (auto taken = co_await std::move(taking); !taken) co_return fail(taken.error());
  }
  co_return checked;
}

Task<Result<void>> Pools::set_sender_status(store::WhatsappSender sender, std::string status) {
  if (sender.status == status) co_return Result<void>();
  store::UnitOfWork unit;
  store::PoolRepository::add_set_sender_status(unit, sender, status);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();  // not committed: it changed meanwhile; the next look sees it
}

Task<Result<void>> Pools::take_out(identity::Principal actor, store::WhatsappSender sender) {
  const store::AcquisitionRepository ledger(store_);
  auto owned = co_await ledger.of_agent(sender.org_id, "");
  if (!owned) co_return fail(owned.error());
  store::UnitOfWork unit;
  store::PoolRepository::add_remove_sender(unit, sender.org_id, sender.number);
  std::vector<store::Acquisition> leaving;
  for (store::Acquisition& one : *owned) {
    if (one.state != "owned" || one.address != sender.number) continue;
    provisioning_.purchases().add_release(unit, one);
    leaving.push_back(one);
  }
  audit_.add_entry(unit, {sender.org_id, identity::actor_of(actor), "whatsapp_sender_removed",
                          sender.sender_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return Result<void>();  // as in set_sender_status()
  for (const store::Acquisition& one : leaving) {
    Result<void> released = co_await provisioning_.purchases().settle(one);
    if (!released) log::warn("release_postponed", {{"code", to_string(released.error().code)}});
  }
  co_return Result<void>();
}

Task<Result<void>> Pools::check_all_senders() {
  auto organizations = co_await pools_.organizations_with_senders();
  if (!organizations) co_return fail(organizations.error());
  for (const std::string& org_id : *organizations) {
    identity::Principal system;
    Task<Result<CheckedSenders>> checking = check_senders(std::move(system), org_id);
    Result<CheckedSenders> checked = co_await std::move(checking);
    if (!checked) co_return fail(checked.error());
  }
  co_return Result<void>();
}

}  // namespace commsd::provisioning
