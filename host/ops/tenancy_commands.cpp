#include "ops/tenancy_commands.h"

#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "identity/scopes.h"
#include "store/acquisition_repository.h"
#include "store/organization_repository.h"

namespace commsd::ops {

namespace {

using Answer = Task<Result<std::string>>;

std::string text(const JsonValue& arguments, std::string_view name,
                 std::string_view otherwise = "") {
  return std::string(arguments.string(name).value_or(otherwise));
}

std::vector<std::string> words(const JsonValue& arguments, std::string_view name) {
  std::string list = text(arguments, name);
  std::replace(list.begin(), list.end(), ',', ' ');
  return identity::split_words(list);
}

/// Options of commsctl are texts.
Result<std::int64_t> whole(const JsonValue& arguments, std::string_view name,
                           std::int64_t otherwise) {
  if (const auto number = arguments.integer(name)) return *number;
  const std::string given = text(arguments, name);
  if (given.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (fault == std::errc() && end == given.data() + given.size()) return number;
  return fail(ErrorCode::invalid_argument, "'" + std::string(name) + "' must be a whole number");
}

/// Whoever may use the control socket is an operator.
identity::Principal commsctl() {
  identity::Principal actor;
  actor.role = identity::Role::orchestrator;
  actor.token_id = "commsctl";
  return actor;
}

Answer review(TenancyCommandParts parts, std::string id, std::string action, std::string reason) {
  const auto wanted = identity::parse_review_action(action);
  if (!wanted) {
    co_return fail(ErrorCode::invalid_argument, "'action' must be approve, reject or suspend");
  }
  auto done = co_await parts.organizations.review(commsctl(), id, *wanted, reason);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("id", done->id).field("mode", done->mode);
  co_return out.field("status", identity::account_status(*done)).end_object().take();
}

Answer set_slots(TenancyCommandParts parts, std::string id, Result<std::int64_t> slots) {
  if (!slots) co_return fail(slots.error());
  auto done = co_await parts.organizations.set_agent_slots(commsctl(), id, *slots);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  co_return out.begin_object().field("id", id).field("slots", *slots).end_object().take();
}

Answer set_address(TenancyCommandParts parts, std::string id, std::string address) {
  auto done = co_await parts.organizations.set_postal_address(commsctl(), id, address);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  co_return out.begin_object().field("id", id).field("address", *done).end_object().take();
}

Answer list_requirements(TenancyCommandParts parts, std::string id, std::string country) {
  Task<Result<std::vector<provisioning::CountryRequirements::State>>> listing =
      parts.provisioning.requirements().list(id, country, {});
  auto all = co_await std::move(listing);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("requirements").begin_array();
  for (const auto& [requirement, met] : *all) {
    out.begin_object().field("id", requirement.id).field("met", met);
    out.field("blocking", requirement.blocking).field("text", requirement.text).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer meet(TenancyCommandParts parts, std::string id, std::string requirement, bool met,
            std::string evidence) {
  Task<Result<void>> setting =
      parts.provisioning.requirements().set(commsctl(), id, requirement, met, std::move(evidence));
  Result<void> done = co_await std::move(setting);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("id", id).field("requirement", requirement).field("met", met);
  co_return out.end_object().take();
}

Answer block(TenancyCommandParts parts, std::string id, std::vector<std::string> channels) {
  auto org_id = co_await parts.provisioning.organization_of(id);
  if (!org_id) co_return fail(org_id.error());
  auto done =
      co_await parts.provisioning.block_channels(commsctl(), *org_id, id, std::move(channels));
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("agent", id).field("blocked", identity::join_words(*done));
  co_return out.end_object().take();
}

Answer deprovision(TenancyCommandParts parts, std::string id, bool keep_number) {
  auto org_id = co_await parts.provisioning.organization_of(id);
  if (!org_id) co_return fail(org_id.error());
  auto done = co_await parts.provisioning.deprovision(commsctl(), *org_id, id, !keep_number);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("agent", id).key("warnings").begin_array();
  for (const std::string& warning : done->warnings) out.value(warning);
  co_return out.end_array().end_object().take();
}

Answer list_numbers(TenancyCommandParts parts, std::string org_id) {
  auto all = co_await parts.pools.numbers(org_id);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("numbers").begin_array();
  for (const store::PoolNumber& one : *all) {
    out.begin_object().field("number", one.number).field("country", one.country);
    out.field("capabilities", one.capabilities).field("default", one.is_default);
    out.field("status", one.status).field("label", one.label).field("provider", one.provider);
    out.field("agent", one.agent_id).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer add_number(TenancyCommandParts parts, provisioning::Pools::NewNumber wanted) {
  auto added = co_await parts.pools.add_number(commsctl(), std::move(wanted));
  if (!added) co_return fail(added.error());
  JsonWriter out;
  out.begin_object().field("number", added->number).field("country", added->country);
  co_return out.field("provider", added->provider).end_object().take();
}

Answer remove_number(TenancyCommandParts parts, std::string org_id, std::string number) {
  auto done = co_await parts.pools.remove_number(commsctl(), org_id, number);
  if (!done) co_return fail(done.error());
  co_return std::string(R"({"removed":true})");
}

Answer set_number(TenancyCommandParts parts, std::string org_id, std::string number,
                  std::string what, std::string agent, std::vector<std::string> providers) {
  Task<Result<void>> changing =
      what == "agent" ? parts.pools.name_agent(commsctl(), org_id, number, agent)
      : what == "provider"
          ? parts.pools.set_providers(commsctl(), org_id, number, std::move(providers))
          : parts.pools.change_number(commsctl(), org_id, number, what);
  Result<void> done = co_await std::move(changing);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  co_return out.begin_object().field("number", number).field("is", what).end_object().take();
}

Answer list_senders(TenancyCommandParts parts, std::string org_id) {
  auto all = co_await parts.pools.senders(org_id);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("senders").begin_array();
  for (const store::WhatsappSender& one : *all) {
    out.begin_object().field("number", one.number).field("status", one.status);
    out.field("agent", one.agent_id).field("provider", one.provider).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer refill_senders(TenancyCommandParts parts, std::string org_id, std::string country,
                      Result<std::int64_t> size) {
  if (!size) co_return fail(size.error());
  auto done = co_await parts.pools.refill_senders(commsctl(), org_id, country, *size);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("added", done->added).field("available", done->available);
  co_return out.end_object().take();
}

Answer check_senders(TenancyCommandParts parts, std::string org_id) {
  auto checked = co_await parts.pools.check_senders(commsctl(), org_id);
  if (!checked) co_return fail(checked.error());
  JsonWriter out;
  out.begin_object().field("online", checked->online).field("offline", checked->offline);
  co_return out.field("gone", checked->gone).end_object().take();
}

Answer list_domains(TenancyCommandParts parts, std::string org_id) {
  auto all = co_await parts.provisioning.domains().list(org_id);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("domains").begin_array();
  for (const store::EmailDomain& one : *all) {
    out.begin_object().field("domain", one.domain).field("status", one.status);
    out.field("provider", one.provider).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer verify_domain(TenancyCommandParts parts, std::string org_id, std::string domain) {
  constexpr std::chrono::milliseconds limit{10'000};
  auto state = co_await parts.provisioning.domains().verify(commsctl(), org_id, "", domain, limit);
  if (!state) co_return fail(state.error());
  JsonWriter out;
  out.begin_object().field("domain", state->domain).field("status", state->status);
  out.key("records").begin_array();
  for (const plugin::DomainRecord& record : state->records) {
    out.begin_object().field("type", record.type).field("name", record.name);
    out.field("value", record.value).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer assign_domain(TenancyCommandParts parts, std::string org_id, std::string domain) {
  auto found = co_await parts.organizations.find(org_id);
  if (!found) co_return fail(found.error());
  auto done = co_await parts.provisioning.domains().assign(commsctl(), org_id, domain);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("domain", domain).field("status", "verified");
  co_return out.end_object().take();
}

Answer remove_domain(TenancyCommandParts parts, std::string org_id, std::string domain) {
  auto done = co_await parts.provisioning.domains().remove(commsctl(), org_id, domain);
  if (!done) co_return fail(done.error());
  co_return std::string(R"({"removed":true})");
}

/// What is there against what is counted, and what is still to be settled at vendors.
Answer check(TenancyCommandParts parts, std::string org_id, bool mend) {
  const store::OrganizationRepository organizations(parts.store);
  auto slots = co_await organizations.audit_slots(org_id);
  if (!slots) co_return fail(slots.error());
  if (!*slots) co_return fail(ErrorCode::not_found, "there is no such organization");
  const auto [counted, present] = **slots;
  bool mended = false;
  if (mend && counted != present) {
    store::UnitOfWork unit;
    store::OrganizationRepository::add_mend_slots(unit, org_id, counted);
    auto saved = co_await parts.store.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    mended = saved->committed;
  }
  const store::AcquisitionRepository ledger(parts.store);
  constexpr std::int64_t most = 1000;
  auto unsettled = co_await ledger.unsettled(org_id, most);
  if (!unsettled) co_return fail(unsettled.error());
  JsonWriter out;
  out.begin_object().key("slots").begin_object().field("counted", counted);
  out.field("present", present).field("mended", mended).end_object();
  out.key("unsettled").begin_array();
  for (const store::Acquisition& one : *unsettled) {
    out.begin_object().field("id", one.id).field("kind", one.kind).field("state", one.state);
    out.field("provider", one.provider).field("agent", one.agent_id);
    out.field("tries", one.tries).field("startedAt", one.started_at).end_object();
  }
  co_return out.end_array().end_object().take();
}

provisioning::Pools::NewNumber new_number(const JsonValue& arguments) {
  provisioning::Pools::NewNumber wanted;
  wanted.org_id = text(arguments, "organization");
  wanted.number = text(arguments, "number");
  wanted.country = text(arguments, "country", wanted.country);
  auto capabilities = words(arguments, "capabilities");
  if (!capabilities.empty()) wanted.capabilities = std::move(capabilities);
  wanted.label = text(arguments, "label");
  wanted.agent_id = text(arguments, "agent");
  return wanted;
}

void add_organization_commands(ControlRegistry& registry, TenancyCommandParts parts) {
  registry.add("organizations.review", "Approve, reject or suspend an organization",
               [parts](JsonValue given) {
                 return review(parts, text(given, "id"), text(given, "action"),
                               text(given, "reason"));
               });
  registry.add("organizations.slots", "Set how many agents an organization may have",
               [parts](JsonValue given) {
                 return set_slots(parts, text(given, "id"), whole(given, "slots", 0));
               });
  registry.add("organizations.requirements", "List what a country asks an organization for",
               [parts](JsonValue given) {
                 return list_requirements(parts, text(given, "id"), text(given, "country"));
               });
  registry.add("organizations.address", "Set the postal address below an organization's mails",
               [parts](JsonValue given) {
                 return set_address(parts, text(given, "id"), text(given, "address"));
               });
  registry.add("organizations.meet", "Say that an organization meets a country's requirement",
               [parts](JsonValue given) {
                 const bool met = given.boolean("met").value_or(text(given, "met") != "false");
                 return meet(parts, text(given, "id"), text(given, "requirement"), met,
                             text(given, "evidence"));
               });
  registry.add("agents.block", "Block channels of an agent", [parts](JsonValue given) {
    return block(parts, text(given, "id"), words(given, "channels"));
  });
  registry.add("agents.deprovision", "Take an agent's channels back", [parts](JsonValue given) {
    const bool keep =
        given.boolean("keep_number").value_or(false) || text(given, "keep_number") == "true";
    return deprovision(parts, text(given, "id"), keep);
  });
  registry.add(
      "provisioning.check", "Compare what is there with what is counted", [parts](JsonValue given) {
        const bool mend = given.boolean("mend").value_or(false) || text(given, "mend") == "true";
        return check(parts, text(given, "organization"), mend);
      });
}

void add_pool_commands(ControlRegistry& registry, TenancyCommandParts parts) {
  registry.add("numbers.list", "List an organization's number pool", [parts](JsonValue given) {
    return list_numbers(parts, text(given, "organization"));
  });
  registry.add("numbers.add", "Add a number to a pool",
               [parts](JsonValue given) { return add_number(parts, new_number(given)); });
  registry.add("numbers.remove", "Take a number out of a pool", [parts](JsonValue given) {
    return remove_number(parts, text(given, "organization"), text(given, "number"));
  });
  registry.add("numbers.set", "Change a number", [parts](JsonValue given) {
    return set_number(parts, text(given, "organization"), text(given, "number"), text(given, "to"),
                      text(given, "agent"), words(given, "provider"));
  });
  registry.add("senders.list", "List an organization's WhatsApp senders", [parts](JsonValue given) {
    return list_senders(parts, text(given, "organization"));
  });
  registry.add("senders.refill", "Fill a pool of WhatsApp senders up", [parts](JsonValue given) {
    return refill_senders(parts, text(given, "organization"), text(given, "country", "US"),
                          whole(given, "size", parts.provisioning.settings().whatsapp_senders));
  });
  registry.add(
      "senders.check", "Compare a pool of WhatsApp senders with the vendor",
      [parts](JsonValue given) { return check_senders(parts, text(given, "organization")); });
}

void add_domain_commands(ControlRegistry& registry, TenancyCommandParts parts) {
  registry.add("domains.list", "List an organization's mail domains", [parts](JsonValue given) {
    return list_domains(parts, text(given, "organization"));
  });
  registry.add("domains.verify", "Ask whether a mail domain is verified", [parts](JsonValue given) {
    return verify_domain(parts, text(given, "organization"), text(given, "domain"));
  });
  registry.add("domains.assign", "Say that a mail domain is an organization's",
               [parts](JsonValue given) {
                 return assign_domain(parts, text(given, "organization"), text(given, "domain"));
               });
  registry.add("domains.remove", "Take a mail domain from an organization",
               [parts](JsonValue given) {
                 return remove_domain(parts, text(given, "organization"), text(given, "domain"));
               });
}

}  // namespace

void add_tenancy_commands(ControlRegistry& registry, TenancyCommandParts parts) {
  add_organization_commands(registry, parts);
  add_pool_commands(registry, parts);
  add_domain_commands(registry, parts);
}

}  // namespace commsd::ops
