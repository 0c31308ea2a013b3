#include "provisioning/provisioning_service.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "identity/organization_service.h"
#include "provisioning/provider_registry.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/organization_repository.h"
#include "telemetry/log.h"

namespace commsd::provisioning {

namespace {

constexpr UnixMillis whole_limit = 9'500;  // all channels in 10 s
constexpr UnixMillis least_limit = 500;
constexpr std::int64_t most_senders_tried = 16;

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
  if (request.identity != "dedicated" && request.identity != "shared" &&
      request.identity != "hybrid") {
    return fail(ErrorCode::invalid_argument, "'identity' must be dedicated, shared or hybrid");
  }
  return {};
}

std::vector<plugin::ChannelKind> channels_of(const ProvisionRequest& request) {
  std::vector<plugin::ChannelKind> channels;
  if (request.phone) channels.push_back(plugin::ChannelKind::sms);
  if (request.voice) channels.push_back(plugin::ChannelKind::voice);
  if (request.whatsapp) channels.push_back(plugin::ChannelKind::whatsapp);
  if (request.email) channels.push_back(plugin::ChannelKind::email);
  return channels;
}

}  // namespace

/// What an agent that is being made has got so far.
struct ProvisioningService::Acquired {
  store::Provisioning making;
  UnixMillis until = 0;  // when the caller is answered
  std::vector<store::Channel> channels;
  std::vector<store::Acquisition> held;
  std::vector<store::WhatsappSender> senders;  // of the pool, the first to be tried first
  std::string bought_at;                       // the provider of the number; "" = none was bought
  bool registered = false;                     // there is something of the agent's in the registry

  std::chrono::milliseconds left(UnixMillis now) const {
    return std::chrono::milliseconds(std::max(until - now, least_limit));
  }
  void add(std::string_view channel, std::string address, std::string_view provider,
           std::string reference) {
    channels.push_back({making.org_id, making.agent_id, std::string(channel), std::move(address),
                        std::string(provider), std::move(reference), "active"});
  }
};

Task<Result<Provisioned>> ProvisioningService::provision(identity::Principal actor,
                                                         ProvisionRequest request) {
  if (request.identity.empty()) request.identity = settings_.identity;
  if (auto valid = check(request); !valid) co_return fail(valid.error());
  if (request.agent_id.empty()) {
    request.agent_id = ids_.make("agt");
  } else {
    Task<Result<void>> checking = check_id(actor, request.org_id, request.agent_id);
    if (auto own = co_await std::move(checking); !own) co_return fail(own.error());
  }

  Task<Result<void>> permitting =
      requirements_.check(request.org_id, request.country, channels_of(request));
  Result<void> permitted = co_await std::move(permitting);
  if (!permitted) co_return fail(permitted.error());
  Acquired acquired;
  acquired.until = clock_.now() + whole_limit;
  Result<store::Provisioning> begun = co_await begin(request);
  if (!begun) co_return fail(begun.error());
  acquired.making = std::move(*begun);

  Result<void> got = co_await acquire(actor, request, acquired);
  if (!got) {
    co_await undo(request, acquired);
    co_return fail(got.error());
  }
  Provisioned done;
  Result<store::UnitOutcome> saved = co_await save(actor, request, acquired, done);
  if (!saved && saved.error().code == ErrorCode::ambiguous) {
    // Perhaps the agent is there, and a number that is given back would be taken from it. What was
    // not saved is found by recover().
    log::error("agent_perhaps_created", {{"agent_id", request.agent_id}});
    co_return fail(saved.error());
  }
  if (!saved || !saved->committed) {
    co_await undo(request, acquired);
    if (!saved) co_return fail(saved.error());
    co_return fail(ErrorCode::conflict,
                   "the agent, or one of its addresses, was created by somebody else meanwhile");
  }
  if (on_change_) on_change_(done.agent.org_id, done.agent.id);
  done.channels = std::move(acquired.channels);
  Result<Pool> after = co_await pool(request.org_id);
  if (after) done.pool = *after;
  co_return done;
}

Task<Result<void>> ProvisioningService::check_id(identity::Principal actor, std::string org_id,
                                                 std::string agent_id) const {
  if (!settings_.own_ids_only || actor.role != identity::Role::organization) {
    co_return Result<void>();
  }
  const store::OrganizationRepository organizations(store_);
  auto found = co_await organizations.find(org_id);
  if (!found) co_return fail(found.error());
  // No name of an organization has a dot, so none begins with another's and a dot.
  const std::string& slug = *found ? (*found)->slug : org_id;
  const std::string prefix = (slug.empty() ? org_id : slug) + '.';
  if (agent_id.starts_with(prefix)) co_return Result<void>();
  co_return fail(ErrorCode::invalid_argument,
                 "'agentId' must begin with '" + prefix +
                     "', the name of your organization here; or leave it out, and one is made");
}

Task<Result<store::Provisioning>> ProvisioningService::begin(const ProvisionRequest& request) {
  store::Provisioning making{ids_.make("prv"), request.org_id, request.agent_id, settings_.worker,
                             clock_.now()};
  store::UnitOfWork unit;
  store::OrganizationRepository::add_take_agent_slot(unit, request.org_id, settings_.agent_slots);
  store::AcquisitionRepository::add_begin(unit, making);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (saved->committed) co_return making;
  if (saved->failed_step >= 1) {
    co_return fail(ErrorCode::conflict, "an agent '" + request.agent_id + "' already exists");
  }
  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(request.org_id);
  if (!organization) co_return fail(organization.error());
  if (!*organization) co_return fail(ErrorCode::not_found, "there is no such organization");
  if ((*organization)->status != "active") {
    co_return fail(ErrorCode::rejected, "the organization is " + (*organization)->status);
  }
  const std::int64_t most = (*organization)->agent_slots.value_or(settings_.agent_slots);
  co_return fail(ErrorCode::rejected,
                 "the agent pool is full (" + std::to_string((*organization)->active_agents) + "/" +
                     std::to_string(most) +
                     "); deprovision an agent, or expand the pool (comms_expand_agent_pool)");
}

Task<Result<void>> ProvisioningService::acquire(const identity::Principal& actor,
                                                const ProvisionRequest& request,
                                                Acquired& acquired) {
  Result<void> step = co_await use_overrides(request, acquired);
  if (!step) co_return fail(step.error());
  // What costs nothing first: a domain that is not verified shall not make a number be bought.
  if (request.email) {
    step = co_await add_email(actor, request, acquired);
    if (!step) co_return fail(step.error());
  }
  const bool number = request.phone || request.voice;
  if (number && request.identity == "shared") {
    const store::PoolRepository pools(store_);
    auto numbers = co_await pools.numbers(request.org_id);
    if (!numbers) co_return fail(numbers.error());
    const bool any = std::any_of(numbers->begin(), numbers->end(),
                                 [](const auto& one) { return one.status == "active"; });
    if (!any) {
      co_return fail(ErrorCode::rejected,
                     "the organization's number pool is empty, so that an agent with a shared "
                     "identity has nothing to send from; add a number (commsctl numbers add), or "
                     "provision it with the identity dedicated");
    }
    const std::string none = "pool:" + request.agent_id;
    if (request.phone) acquired.add("sms", none, store::pooled_provider, "");
    if (request.voice) acquired.add("voice", none, store::pooled_provider, "");
  } else if (number) {
    step = co_await add_number(request, acquired);
    if (!step) co_return fail(step.error());
  }
  if (request.whatsapp) {
    step = co_await add_whatsapp(request, acquired);
    if (!step) co_return fail(step.error());
  }
  co_return Result<void>();
}

/// Providers that were chosen for this agent, and the account it gets of its own.
Task<Result<void>> ProvisioningService::use_overrides(const ProvisionRequest& request,
                                                      Acquired& acquired) {
  std::vector<ProviderRegistration> wanted;
  for (const auto& [slot, provider] : request.provider_overrides) {
    wanted.push_back({request.org_id, request.agent_id, slot, provider, {}});
  }
  if (!wanted.empty() && !registry_) {
    co_return fail(ErrorCode::unsupported, "'providerOverrides' is not possible on this server");
  }
  if (!wanted.empty()) {
    acquired.registered = true;
    Result<void> set = co_await registry_->set(identity::Principal(), std::move(wanted), false);
    if (!set) co_return fail(set.error());
  }
  const bool needs_number = request.phone || request.voice || request.whatsapp;
  if (settings_.isolation == "single-account" || !needs_number) co_return Result<void>();
  Task<Result<void>> using_account = use_account(request, acquired);
  co_return co_await std::move(using_account);
}

/// The account that the agent, or its organization, has of its own: made now, or made before and
/// perhaps not taken into use because the process died in between.
Task<Result<void>> ProvisioningService::use_account(const ProvisionRequest& request,
                                                    Acquired& acquired) {
  const bool per_agent = settings_.isolation == "per-agent-subaccount";
  const std::string owner = per_agent ? request.agent_id : "";
  // Below the provider as configured, not below an account made earlier.
  const auto telephony = providers_.telephony({request.org_id, owner});
  if (!telephony) {
    co_return fail(providers_.why_none("the slot 'telephony'", {request.org_id, ""}));
  }
  if (!registry_) {
    co_return fail(ErrorCode::unsupported, "sub-accounts are not possible on this server");
  }
  const std::string name = per_agent ? request.display_name : request.org_id;
  const store::AcquisitionRepository ledger(store_);
  auto owned = co_await ledger.of_agent(request.org_id, owner);
  if (!owned) co_return fail(owned.error());
  const auto account = std::find_if(owned->begin(), owned->end(), [](const auto& one) {
    return one.kind == "account" && one.state == "owned";
  });
  plugin::KeyValues settings;
  if (account != owned->end()) {
    if (registry_->has(request.org_id, owner, "telephony")) co_return Result<void>();
    plugin::AccountRequest wanted{name, account->id};
    Task<Result<plugin::VendorAccount>> looking =
        telephony->find_account(std::move(wanted), acquired.left(clock_.now()));
    Result<plugin::VendorAccount> found = co_await std::move(looking);
    if (!found) co_return fail(found.error());
    settings = std::move(found->settings);
  } else {
    Purchases::AccountOrder order{request.org_id, owner, acquired.making.id, name};
    Task<Result<Purchases::Account>> opening =
        purchases_.open_account(telephony, std::move(order), acquired.left(clock_.now()));
    Result<Purchases::Account> opened = co_await std::move(opening);
    if (!opened) co_return fail(opened.error());
    settings = std::move(opened->settings);
    if (per_agent) {
      acquired.held.push_back(opened->acquisition);
      acquired.registered = true;
    } else {
      // It stays whatever becomes of this agent; and of two made at once, one.
      store::UnitOfWork unit;
      purchases_.add_own(unit, opened->acquisition);
      Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
      if (!saved || !saved->committed) {
        co_await purchases_.give_back(opened->acquisition);
        if (!saved) co_return fail(saved.error());
        co_return fail(ErrorCode::conflict,
                       "another agent of the organization is being provisioned, and its account "
                       "made; try again");
      }
    }
  }
  Task<Result<void>> registering =
      registry_->set_account(request.org_id, owner, telephony->name(), std::move(settings));
  co_return co_await std::move(registering);
}

Task<Result<void>> ProvisioningService::add_number(const ProvisionRequest& request,
                                                   Acquired& acquired) {
  const auto telephony = providers_.telephony({request.org_id, request.agent_id});
  if (!telephony) {
    co_return fail(providers_.why_none("the slot 'telephony'", {request.org_id, ""}));
  }
  Purchases::Order order{request.org_id, request.agent_id, acquired.making.id, {}};
  order.query.country = request.country;
  order.query.sms = request.phone || request.whatsapp;
  order.query.voice = request.voice;
  Task<Result<store::Acquisition>> buying =
      purchases_.buy_number(telephony, std::move(order), acquired.left(clock_.now()));
  Result<store::Acquisition> bought = co_await std::move(buying);
  if (!bought) co_return fail(bought.error());
  acquired.held.push_back(*bought);
  acquired.bought_at = telephony->name();
  const std::string base = settings_.public_url + "/webhooks/" + request.agent_id;
  plugin::NumberRoutes routes{base + "/sms", base + "/voice", base + "/call-status"};
  plugin::BoughtNumber number{bought->address, bought->vendor_id};
  Task<Result<void>> configuring = telephony->configure_number(std::move(number), std::move(routes),
                                                               acquired.left(clock_.now()));
  Result<void> configured = co_await std::move(configuring);
  if (!configured) co_return fail(configured.error());
  if (request.phone) acquired.add("sms", bought->address, telephony->name(), bought->vendor_id);
  if (request.voice) acquired.add("voice", bought->address, telephony->name(), bought->vendor_id);
  co_return Result<void>();
}

/// A sender of the pool if there is one, else the agent's own number becomes one.
Task<Result<void>> ProvisioningService::add_whatsapp(const ProvisionRequest& request,
                                                     Acquired& acquired) {
  const auto whatsapp = providers_.whatsapp({request.org_id, request.agent_id});
  if (!whatsapp) {
    co_return fail(providers_.why_none("the slot 'whatsapp'", {request.org_id, ""}));
  }
  const store::PoolRepository pools(store_);
  auto senders = co_await pools.available_senders(request.org_id, most_senders_tried);
  if (!senders) co_return fail(senders.error());
  std::erase_if(*senders, [&](const auto& one) { return one.provider != whatsapp->name(); });
  // What is gone or off at the vendor since it was last looked at is nobody's channel.
  while (!senders->empty()) {
    Result<plugin::SenderState> state =
        co_await whatsapp->sender_status(senders->front().sender_id, acquired.left(clock_.now()));
    const bool good =
        state ? state->status == "online" : state.error().code != ErrorCode::not_found;
    if (good) break;
    senders->erase(senders->begin());
  }
  if (!senders->empty()) {
    acquired.senders = std::move(*senders);  // which of them, save() sees
    co_return Result<void>();
  }
  if (acquired.bought_at.empty()) {
    ProvisionRequest only_number = request;
    only_number.phone = only_number.voice = false;
    Result<void> bought = co_await add_number(only_number, acquired);
    if (!bought) co_return fail(bought.error());
  }
  const std::string number = acquired.held.back().address;
  Purchases::SenderOrder order{request.org_id, request.agent_id, acquired.making.id, {}};
  order.request.number = number;
  order.request.display_name = request.display_name;
  order.request.message_url = settings_.public_url + "/webhooks/" + request.agent_id + "/whatsapp";
  Task<Result<Purchases::Sender>> registering =
      purchases_.register_sender(whatsapp, std::move(order), acquired.left(clock_.now()));
  Result<Purchases::Sender> sender = co_await std::move(registering);
  if (!sender) co_return fail(sender.error());
  acquired.held.push_back(sender->acquisition);
  acquired.add("whatsapp", number, whatsapp->name(), sender->acquisition.vendor_id);
  co_return Result<void>();
}

Task<Result<void>> ProvisioningService::add_email(const identity::Principal& actor,
                                                  const ProvisionRequest& request,
                                                  Acquired& acquired) {
  const auto email = providers_.email({request.org_id, request.agent_id});
  if (!email) {
    co_return fail(providers_.why_none("the slot 'email'", {request.org_id, ""}));
  }
  Task<Result<void>> asking = domains_.require(actor, request.org_id, request.agent_id,
                                               request.email_domain, acquired.left(clock_.now()));
  Result<void> verified = co_await std::move(asking);
  if (!verified) co_return fail(verified.error());
  acquired.add("email", to_lower_ascii(request.agent_id + '@' + request.email_domain),
               email->name(), "");
  co_return Result<void>();
}

/// The one unit that makes the agent; again with the next sender of the pool when somebody else got
/// the first.
Task<Result<store::UnitOutcome>> ProvisioningService::save(const identity::Principal& actor,
                                                           const ProvisionRequest& request,
                                                           Acquired& acquired, Provisioned& done) {
  done.agent = {request.agent_id, request.org_id, request.display_name, "active",
                request.country,  clock_.now(),   request.identity};
  // No more than the caller may do, and for no longer than the grant that the caller's token came
  // of: else a client would get by this tool what nobody consented to.
  identity::TokenService::Terms terms;
  terms.scopes = actor.scopes.value_or(std::vector<std::string>());
  terms.grant_id = actor.grant_id;
  while (true) {
    store::UnitOfWork unit;
    std::size_t sender_step = 0;
    std::vector<store::Channel> channels = acquired.channels;
    if (!acquired.senders.empty()) {
      const store::WhatsappSender& sender = acquired.senders.front();
      store::PoolRepository::add_assign_sender(unit, request.org_id, sender.number,
                                               request.agent_id);
      sender_step = unit.steps().size();
      channels.push_back({request.org_id, request.agent_id, "whatsapp", sender.number,
                          sender.provider, sender.sender_id, "active"});
    }
    store::AgentRepository::add_create(unit, done.agent);
    JsonWriter details;
    details.begin_object().field("identity", request.identity).key("channels").begin_array();
    for (const store::Channel& channel : channels) {
      store::ChannelRepository::add_create(unit, channel);
      details.value(channel.channel);
    }
    details.end_array().end_object();
    for (const store::Acquisition& held : acquired.held) purchases_.add_own(unit, held);
    store::AcquisitionRepository::add_end(unit, acquired.making, "done", clock_.now());
    done.token = tokens_
                     .add_issue(unit, identity::Role::agent, request.org_id, request.agent_id,
                                "provisioned", terms)
                     .text;
    if (request.also) request.also(unit, done.agent);
    audit_.add_entry(unit, {request.org_id, identity::actor_of(actor), "agent_provisioned",
                            request.agent_id, details.take()});
    crash_point("provision.before_commit");
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    crash_point("provision.after_commit");
    const bool sender_gone =
        saved && !saved->committed && sender_step > 0 && saved->failed_step < sender_step;
    if (!sender_gone) {
      if (saved && saved->committed) acquired.channels = std::move(channels);
      co_return saved;
    }
    acquired.senders.erase(acquired.senders.begin());
    if (acquired.senders.empty()) {
      Result<void> another = co_await add_whatsapp(request, acquired);
      if (!another) co_return fail(another.error());
    }
  }
}

Task<void> ProvisioningService::undo(const ProvisionRequest& request, Acquired& acquired) {
  // The last first: a number is given back before the account it is in is closed.
  while (!acquired.held.empty()) {
    store::Acquisition held = std::move(acquired.held.back());
    acquired.held.pop_back();
    co_await purchases_.give_back(held);
  }
  if (acquired.registered) {
    Result<void> removed = co_await registry_->remove_agent(request.org_id, request.agent_id);
    if (!removed) {
      log::error("overrides_not_removed",
                 {{"agent_id", request.agent_id}, {"code", to_string(removed.error().code)}});
    }
  }
  store::UnitOfWork unit;
  purchases_.add_undo(unit, acquired.making);
  audit_.add_entry(unit, {request.org_id, "system", "agent_not_provisioned", request.agent_id, ""});
  Result<store::UnitOutcome> undone = co_await store_.commit(std::move(unit));
  if (!undone) {  // recover() does it
    log::error("provisioning_not_undone",
               {{"agent_id", request.agent_id}, {"code", to_string(undone.error().code)}});
  }
}

Task<Result<Pool>> ProvisioningService::pool(std::string org_id) const {
  const store::OrganizationRepository organizations(store_);
  auto found = co_await organizations.find(org_id);
  if (!found) co_return fail(found.error());
  if (!*found) co_return fail(ErrorCode::not_found, "there is no such organization");
  co_return Pool{(*found)->agent_slots.value_or(settings_.agent_slots), (*found)->active_agents};
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
