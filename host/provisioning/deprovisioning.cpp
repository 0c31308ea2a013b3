#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/organization_service.h"
#include "identity/scopes.h"
#include "provisioning/provider_registry.h"
#include "provisioning/provisioning_service.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/organization_repository.h"
#include "store/token_repository.h"
#include "telemetry/log.h"

namespace commsd::provisioning {

namespace {

constexpr std::array<std::string_view, 4> channel_names{"sms", "voice", "whatsapp", "email"};

bool is_number(const store::Channel& channel) {
  return (channel.channel == "sms" || channel.channel == "voice") &&
         channel.provider != store::pooled_provider;
}

store::PoolNumber kept_number(const store::Agent& agent, const store::Acquisition& number,
                              const std::vector<store::Channel>& channels, UnixMillis now) {
  store::PoolNumber kept;
  kept.org_id = agent.org_id;
  kept.number = number.address;
  kept.country = agent.country.empty() ? "US" : agent.country;
  for (const store::Channel& channel : channels) {
    if (!is_number(channel) || channel.address != number.address) continue;
    kept.capabilities += (kept.capabilities.empty() ? "" : " ") + channel.channel;
    kept.provider = channel.provider;
  }
  kept.status = "active";
  kept.label = "kept from " + agent.id;
  if (kept.provider.empty()) kept.provider = number.provider;
  kept.vendor_id = number.vendor_id;
  kept.created_at = now;
  return kept;
}

}  // namespace

Task<Result<Deprovisioned>> ProvisioningService::deprovision(identity::Principal actor,
                                                             std::string org_id,
                                                             std::string agent_id,
                                                             bool release_number) {
  Result<ChannelReport> before = co_await report(org_id, agent_id);
  if (!before) co_return fail(before.error());
  Deprovisioned done;
  if (before->agent.status == "deprovisioned") {
    done.already = true;
    co_return done;
  }
  const store::AcquisitionRepository ledger(store_);
  auto owned = co_await ledger.of_agent(org_id, agent_id);
  if (!owned) co_return fail(owned.error());

  // First it is durable that everything is to be given back; then the vendors are asked.
  store::UnitOfWork unit;
  store::AgentRepository::add_deprovision(unit, org_id, agent_id);
  store::OrganizationRepository::add_return_agent_slot(unit, org_id);
  // An agent's own account can only be closed with everything in it.
  const bool own_account = std::any_of(owned->begin(), owned->end(),
                                       [](const auto& one) { return one.kind == "account"; });
  const bool release = release_number || own_account;
  for (const store::Channel& channel : before->channels) {
    if (channel.status == "released") continue;
    if (channel.channel == "whatsapp") done.whatsapp_returned = true;
    store::ChannelRepository::add_set_status(unit, org_id, agent_id, channel.channel, "released");
    const bool known = std::any_of(owned->begin(), owned->end(), [&](const auto& one) {
      return one.kind == "number" && one.vendor_id == channel.provider_ref;
    });
    if (!is_number(channel) || known) continue;
    // From before there was a ledger.
    store::Acquisition old;
    old.id = ids_.make("acq");
    old.org_id = org_id;
    old.agent_id = agent_id;
    old.kind = "number";
    old.provider = split(channel.provider, ' ').front();
    old.address = channel.address;
    old.vendor_id = channel.provider_ref;
    old.state = "owned";
    old.worker = settings_.worker;
    old.started_at = clock_.now();
    store::AcquisitionRepository::add_ask(unit, old);
    owned->push_back(std::move(old));
  }
  std::vector<store::Acquisition> leaving;
  for (store::Acquisition& one : *owned) {
    if (one.state != "owned") continue;
    if (one.kind == "number" && !release) {
      store::PoolRepository::add_number(
          unit, kept_number(before->agent, one, before->channels, clock_.now()));
      continue;
    }
    purchases_.add_release(unit, one);
    leaving.push_back(one);
  }
  store::PoolRepository::add_give_back_senders(unit, org_id, agent_id);
  store::TokenRepository::add_revoke_agent(unit, org_id, agent_id, clock_.now());
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "agent_deprovisioned", agent_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "the agent changed meanwhile; try again");
  }
  tokens_.forget_cached();
  // Numbers before the account they are in.
  std::stable_sort(leaving.begin(), leaving.end(),
                   [](const auto& a, const auto& b) { return a.kind > b.kind; });
  for (const store::Acquisition& one : leaving) {
    Result<void> gone = co_await purchases_.settle(one);
    if (one.kind == "number") done.number_released = gone.has_value();
    if (!gone) {
      done.warnings.push_back("the " + one.kind + " could not be given back at " + one.provider +
                              " yet, and will be tried again: " + gone.error().message);
    }
  }
  if (registry_) {
    Result<void> removed = co_await registry_->remove_agent(org_id, agent_id);
    if (!removed) done.warnings.push_back("its provider overrides are still there");
  }
  if (on_change_) on_change_(org_id, agent_id);
  co_return done;
}

Task<Result<std::vector<std::string>>> ProvisioningService::block_channels(
    identity::Principal actor, std::string org_id, std::string agent_id,
    std::vector<std::string> channels) {
  std::vector<std::string> blocked;
  for (const std::string& name : channels) {
    const bool known = name == "*" || std::find(channel_names.begin(), channel_names.end(), name) !=
                                          channel_names.end();
    if (!known) {
      co_return fail(ErrorCode::invalid_argument,
                     "there is no channel '" + name.substr(0, 32) +
                         "'; there are sms, voice, whatsapp, email, and * for all of them");
    }
    if (std::find(blocked.begin(), blocked.end(), name) == blocked.end()) blocked.push_back(name);
  }
  const bool all = std::find(blocked.begin(), blocked.end(), "*") != blocked.end();
  if (all) blocked = {"*"};
  store::UnitOfWork unit;
  store::AgentRepository::add_set_blocked_channels(unit, org_id, agent_id,
                                                   identity::join_words(blocked));
  for (const std::string_view name : channel_names) {
    const bool off = all || std::find(blocked.begin(), blocked.end(), name) != blocked.end();
    store::ChannelRepository::add_block(unit, org_id, agent_id, name, off);
  }
  JsonWriter details;
  details.begin_object().key("blocked").begin_array();
  for (const std::string& name : blocked) details.value(name);
  details.end_array().end_object();
  audit_.add_entry(
      unit, {org_id, identity::actor_of(actor), "channels_blocked", agent_id, details.take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + agent_id + "' in this organization, or it was given up");
  }
  if (on_change_) on_change_(org_id, agent_id);
  co_return blocked;
}

}  // namespace commsd::provisioning
