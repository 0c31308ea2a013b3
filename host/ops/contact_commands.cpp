#include "ops/contact_commands.h"

#include "base/iso_time.h"
#include "base/json_writer.h"
#include "store/organization_repository.h"

namespace commsd::ops {

namespace {

using policy::ContactPreferences;

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

void write_list(JsonWriter& out, const store::DncList& list) {
  out.begin_object().field("list", list.name).field("organization", list.org_id);
  out.field("country", list.country).field("entries", list.entries);
  out.field("checkedAt", list.checked_at).end_object();
}

Result<UnixMillis> moment(std::string given, UnixMillis otherwise) {
  if (given.empty()) return otherwise;
  if (given.size() == 10) given += "T00:00:00Z";
  const auto at = parse_iso_time(given);
  if (at) return *at;
  return fail(ErrorCode::invalid_argument,
              "'checked' is no date; expected one like 2026-11-20 or 2026-11-20T08:00:00Z");
}

Task<Result<std::string>> import(ContactCommandParts parts, policy::DncImport::Source source,
                                 std::string checked, std::string path) {
  Result<UnixMillis> at = moment(std::move(checked), parts.clock.now());
  if (!at) co_return fail(at.error());
  source.checked_at = *at;
  if (!source.org_id.empty()) {
    const store::OrganizationRepository organizations(parts.store);
    auto found = co_await organizations.find(source.org_id);
    if (!found) co_return fail(found.error());
    if (!*found) co_return fail(ErrorCode::not_found, "there is no such organization");
  }
  std::string actor = "commsctl";
  auto list = co_await parts.dnc.run(std::move(source), std::move(path), std::move(actor));
  if (!list) co_return fail(list.error());
  JsonWriter out;
  write_list(out, *list);
  co_return out.take();
}

Task<Result<std::string>> lists(ContactCommandParts parts) {
  const store::DncRepository repository(parts.store);
  auto all = co_await repository.all_lists();
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("lists").begin_array();
  for (const store::DncList& list : *all) write_list(out, list);
  co_return out.end_array().end_object().take();
}

Result<ContactPreferences::Contact> contact_of(const JsonValue& arguments) {
  ContactPreferences::Contact contact;
  contact.org_id = text(arguments, "organization");
  contact.agent_id = text(arguments, "agent");
  contact.address = text(arguments, "address");
  const auto channel = plugin::parse_channel(text(arguments, "channel"));
  if (!channel) {
    return fail(ErrorCode::invalid_argument, "'channel' must be sms, voice, email or whatsapp");
  }
  contact.channel = *channel;
  if (contact.org_id.empty()) {
    return fail(ErrorCode::invalid_argument, "'organization' is needed");
  }
  return contact;
}

Task<Result<std::string>> block(ContactCommandParts parts,
                                Result<ContactPreferences::Contact> contact) {
  if (!contact) co_return fail(contact.error());
  std::string actor = "commsctl";
  Result<void> done = co_await parts.contacts.block(std::move(*contact), std::move(actor));
  if (!done) co_return fail(done.error());
  co_return std::string("{\"blocked\":true}");
}

Task<Result<std::string>> allow(ContactCommandParts parts,
                                Result<ContactPreferences::Contact> contact) {
  if (!contact) co_return fail(contact.error());
  std::string actor = "commsctl";
  Result<void> done = co_await parts.contacts.opt_in(std::move(*contact), std::move(actor));
  if (!done) co_return fail(done.error());
  co_return std::string("{\"allowed\":true}");
}

}  // namespace

void add_contact_commands(ControlRegistry& registry, ContactCommandParts parts) {
  registry.add("dnc.import", "Take over a do-not-call list", [parts](JsonValue arguments) {
    policy::DncImport::Source source;
    source.org_id = text(arguments, "organization");
    source.name = text(arguments, "list");
    source.country = text(arguments, "country");
    source.prefix = text(arguments, "prefix");
    return import(parts, std::move(source), text(arguments, "checked"), text(arguments, "file"));
  });
  registry.add("dnc.lists", "List the do-not-call lists",
               [parts](JsonValue) { return lists(parts); });
  registry.add("contacts.block", "Put a contact on the suppression list",
               [parts](JsonValue arguments) { return block(parts, contact_of(arguments)); });
  registry.add("contacts.allow", "Take a contact off the suppression list",
               [parts](JsonValue arguments) { return allow(parts, contact_of(arguments)); });
}

}  // namespace commsd::ops
