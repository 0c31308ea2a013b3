#include "provisioning/provisioning_service.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/organization_repository.h"
#include "store/token_repository.h"
#include "telemetry/log.h"

namespace commsd::provisioning {

namespace {

constexpr std::chrono::milliseconds vendor_limit{8'000};  // all channels in 10 s

/// Ids stand in URL paths and in mail addresses, so they neither begin nor end with a mark.
bool is_id(std::string_view text) {
  const auto is_mark = [](char c) { return c == '-' || c == '_' || c == '.'; };
  return !text.empty() && !is_mark(text.front()) && !is_mark(text.back()) && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

Result<void> check(const ProvisionRequest& request) {
  if (!request.agent_id.empty() && !is_id(request.agent_id)) {
    return fail(ErrorCode::invalid_argument,
                "'agentId' may have letters, digits and, inside, '-', '_' and '.'; at most 64 of "
                "them");
  }
  if (trim(request.display_name).empty() || request.display_name.size() > 128 ||
      has_control_character(request.display_name)) {
    return fail(ErrorCode::invalid_argument,
                "'displayName' must have 1 to 128 characters and no line breaks");
  }
  if (request.country.size() != 2) {
    return fail(ErrorCode::invalid_argument, "'country' must be a code of two letters, like US");
  }
  if (!request.phone && !request.whatsapp && !request.email && !request.voice) {
    return fail(ErrorCode::invalid_argument, "'capabilities' asks for no channel");
  }
  if (request.email && !is_email_address("agent@" + request.email_domain)) {
    return fail(ErrorCode::invalid_argument,
                "'emailDomain' is required for the email channel: a domain your email provider may "
                "send for");
  }
  return {};
}

}  // namespace

struct ProvisioningService::Acquired {
  std::vector<store::Channel> channels;
  std::optional<plugin::BoughtNumber> number;
  std::shared_ptr<plugin::TelephonyProvider> telephony;
};

Task<Result<Pool>> ProvisioningService::pool(std::string org_id) const {
  const store::AgentRepository agents(store_);
  auto active = co_await agents.count_active(org_id);
  if (!active) co_return fail(active.error());
  co_return Pool{settings_.most_agents, *active};
}

Task<Result<Provisioned>> ProvisioningService::provision(identity::Principal actor,
                                                         ProvisionRequest request) {
  if (auto valid = check(request); !valid) co_return fail(valid.error());
  if (request.agent_id.empty()) request.agent_id = ids_.make("agt");

  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(request.org_id);
  if (!organization) co_return fail(organization.error());
  if (!*organization) co_return fail(ErrorCode::not_found, "there is no such organization");
  if ((*organization)->status != "active") {
    co_return fail(ErrorCode::rejected, "the organization is " + (*organization)->status);
  }
  const store::AgentRepository agents(store_);
  auto taken = co_await agents.find_for_webhook(request.agent_id);
  if (!taken) co_return fail(taken.error());
  if (*taken) {
    co_return fail(ErrorCode::conflict, "an agent '" + request.agent_id + "' already exists");
  }
  Result<Pool> before = co_await pool(request.org_id);
  if (!before) co_return fail(before.error());
  if (before->active_agents >= before->most_agents) {
    co_return fail(ErrorCode::rejected,
                   "the agent pool is full (" + std::to_string(before->active_agents) + "/" +
                       std::to_string(before->most_agents) + "); deprovision an agent first");
  }

  const plugin::Scope scope{request.org_id, request.agent_id};
  Acquired acquired;
  Result<void> got = co_await acquire(request, acquired);
  if (!got) {
    co_await give_back(scope, acquired);
    co_return fail(got.error());
  }

  Provisioned done;
  done.agent = {request.agent_id, request.org_id,  request.display_name,
                "active",         request.country, clock_.now()};
  store::UnitOfWork unit;
  store::AgentRepository::add_create(unit, done.agent);
  JsonWriter details;
  details.begin_object().key("channels").begin_array();
  for (const store::Channel& channel : acquired.channels) {
    store::ChannelRepository::add_create(unit, channel);
    details.value(channel.channel);
  }
  details.end_array().end_object();
  // No more than the caller may do, and for no longer than the grant that the caller's token came
  // of: else a client would get by this tool what nobody consented to.
  identity::TokenService::Terms terms;
  terms.scopes = actor.scopes.value_or(std::vector<std::string>());
  terms.grant_id = actor.grant_id;
  done.token = tokens_
                   .add_issue(unit, identity::Role::agent, request.org_id, request.agent_id,
                              "provisioned", terms)
                   .text;
  audit_.add_entry(unit, {request.org_id, actor.token_id.empty() ? "system" : actor.token_id,
                          "agent_provisioned", request.agent_id, details.take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved && saved.error().code == ErrorCode::ambiguous) {
    // Perhaps the agent is there, and a number that is given back would be taken from it.
    log::error("agent_perhaps_created",
               {{"agent_id", request.agent_id}, {"has_number", acquired.number.has_value()}});
    co_return fail(saved.error());
  }
  if (!saved || !saved->committed) {
    co_await give_back(scope, acquired);
    if (!saved) co_return fail(saved.error());
    co_return fail(ErrorCode::conflict,
                   "the agent, or one of its addresses, was created by somebody else meanwhile");
  }
  if (on_change_) on_change_(done.agent.org_id, done.agent.id);
  done.channels = std::move(acquired.channels);
  done.pool = {before->most_agents, before->active_agents + 1};
  co_return done;
}

Task<Result<void>> ProvisioningService::acquire(const ProvisionRequest& request,
                                                Acquired& acquired) const {
  const plugin::Scope scope{request.org_id, request.agent_id};
  const auto add = [&](std::string_view channel, std::string address, std::string provider,
                       std::string reference) {
    acquired.channels.push_back({request.org_id, request.agent_id, std::string(channel),
                                 std::move(address), std::move(provider), std::move(reference),
                                 "active"});
  };
  if (request.phone || request.voice || request.whatsapp) {
    Result<void> bought = co_await acquire_number(request, acquired);
    if (!bought) co_return fail(bought.error());
    const plugin::BoughtNumber number = *acquired.number;
    if (request.phone) add("sms", number.number, acquired.telephony->name(), number.vendor_id);
    if (request.voice) add("voice", number.number, acquired.telephony->name(), number.vendor_id);
  }
  if (request.whatsapp) {
    const auto whatsapp = providers_.whatsapp(scope);
    if (!whatsapp) {
      co_return fail(ErrorCode::unavailable, "no provider is active in the slot 'whatsapp'");
    }
    const std::string number = acquired.number->number;
    Result<plugin::Receipt> sender =
        co_await whatsapp->register_sender(number, request.display_name, vendor_limit);
    if (!sender) co_return fail(sender.error());
    add("whatsapp", number, whatsapp->name(), sender->vendor_id);
  }
  if (request.email) {
    const auto email = providers_.email(scope);
    if (!email) {
      co_return fail(ErrorCode::unavailable, "no provider is active in the slot 'email'");
    }
    add("email", to_lower_ascii(request.agent_id + '@' + request.email_domain), email->name(), "");
  }
  co_return Result<void>();
}

Task<Result<void>> ProvisioningService::acquire_number(const ProvisionRequest& request,
                                                       Acquired& acquired) const {
  acquired.telephony = providers_.telephony({request.org_id, request.agent_id});
  if (!acquired.telephony) {
    co_return fail(ErrorCode::unavailable, "no provider is active in the slot 'telephony'");
  }
  plugin::NumberQuery query;
  query.country = request.country;
  query.sms = request.phone || request.whatsapp;
  query.voice = request.voice;
  Result<plugin::BoughtNumber> number =
      co_await acquired.telephony->buy_number(std::move(query), vendor_limit);
  if (!number) co_return fail(number.error());
  acquired.number = *number;
  const std::string base = settings_.public_url + "/webhooks/" + request.agent_id;
  plugin::NumberRoutes routes{base + "/sms", base + "/voice", base + "/call-status"};
  Result<void> configured =
      co_await acquired.telephony->configure_number(*number, std::move(routes), vendor_limit);
  co_return configured;
}

Task<void> ProvisioningService::give_back(plugin::Scope scope, Acquired& acquired) const {
  if (!acquired.number) co_return;
  Result<void> released =
      co_await acquired.telephony->release_number(*acquired.number, vendor_limit);
  if (released) co_return;
  log::error("number_not_released", {{"agent_id", scope.agent_id},
                                     {"provider", acquired.telephony->name()},
                                     {"number_id", acquired.number->vendor_id},
                                     {"code", to_string(released.error().code)}});
}

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
  const plugin::Scope scope{org_id, agent_id};
  std::string released;
  store::UnitOfWork unit;
  for (const store::Channel& channel : before->channels) {
    if (channel.status == "released") continue;
    const bool is_number =
        channel.channel == "sms" || channel.channel == "voice" || channel.channel == "whatsapp";
    if (channel.channel == "whatsapp") done.whatsapp_returned = true;
    if (is_number && channel.channel != "whatsapp" && release_number &&
        released != channel.provider_ref) {
      released = channel.provider_ref;
      const auto carrier = providers_.named(plugin::ChannelKind::voice, channel.provider, scope);
      const auto telephony = std::dynamic_pointer_cast<plugin::TelephonyProvider>(carrier);
      Result<void> gone =
          fail(ErrorCode::unavailable, "its provider '" + channel.provider + "' is not configured");
      plugin::BoughtNumber number{channel.address, channel.provider_ref};
      if (telephony) gone = co_await telephony->release_number(std::move(number), vendor_limit);
      done.number_released = gone.has_value() || gone.error().code == ErrorCode::not_found;
      if (!done.number_released) {
        done.warnings.push_back("the number could not be released at " + channel.provider + ": " +
                                gone.error().message);
      }
    }
    store::ChannelRepository::add_set_status(unit, org_id, agent_id, channel.channel, "released");
  }
  store::TokenRepository::add_revoke_agent(unit, org_id, agent_id, clock_.now());
  store::AgentRepository::add_set_status(unit, org_id, agent_id, "deprovisioned");
  audit_.add_entry(unit, {org_id, actor.token_id.empty() ? "system" : actor.token_id,
                          "agent_deprovisioned", agent_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "the agent changed meanwhile; try again");
  }
  tokens_.forget_cached();
  if (on_change_) on_change_(org_id, agent_id);
  co_return done;
}

Task<Result<std::vector<store::Agent>>> ProvisioningService::agents(std::string org_id,
                                                                    std::string after_id,
                                                                    std::int64_t limit) const {
  const store::AgentRepository agents(store_);
  auto found = co_await agents.list(org_id, after_id, limit);
  co_return found;
}

Task<Result<std::vector<store::Agent>>> ProvisioningService::agents_starting_with(
    std::string org_id, std::string prefix, std::int64_t limit) const {
  const store::AgentRepository agents(store_);
  auto found = co_await agents.starting_with(org_id, prefix, limit);
  co_return found;
}

Task<Result<ChannelReport>> ProvisioningService::report(std::string org_id,
                                                        std::string agent_id) const {
  const store::AgentRepository agents(store_);
  auto agent = co_await agents.find(org_id, agent_id);
  if (!agent) co_return fail(agent.error());
  if (!*agent) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + agent_id + "' in this organization");
  }
  const store::ChannelRepository channels(store_);
  auto owned = co_await channels.of_agent(org_id, agent_id);
  if (!owned) co_return fail(owned.error());
  Result<Pool> slots = co_await pool(org_id);
  if (!slots) co_return fail(slots.error());
  co_return ChannelReport{std::move(**agent), std::move(*owned), *slots};
}

Task<Result<std::string>> ProvisioningService::organization_of(std::string agent_id) const {
  const store::AgentRepository agents(store_);
  auto agent = co_await agents.find_for_webhook(agent_id);
  if (!agent) co_return fail(agent.error());
  if (!*agent) co_return fail(ErrorCode::not_found, "there is no agent '" + agent_id + "'");
  co_return (*agent)->org_id;
}

}  // namespace commsd::provisioning
