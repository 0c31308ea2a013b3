#include "ops/privacy_commands.h"

#include <charconv>

#include "base/json_writer.h"
#include "store/purge_run_repository.h"

namespace commsd::ops {

namespace {

using Answer = Task<Result<std::string>>;

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

Task<Result<void>> check_organization(PrivacyCommandParts parts, std::string org_id) {
  auto found = co_await parts.organizations.find(std::move(org_id));
  if (!found) co_return fail(found.error());
  co_return Result<void>();
}

Answer erase(PrivacyCommandParts parts, std::string org_id, std::string address) {
  Task<Result<void>> checking = check_organization(parts, org_id);
  const Result<void> known = co_await std::move(checking);
  if (!known) co_return fail(known.error());
  std::string actor = "commsctl";
  auto done = co_await parts.erasure.erase(std::move(org_id), std::move(address), std::move(actor));
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("id", done->id).field("status", done->done ? "completed" : "pending");
  out.field("cancelled", done->cancelled).field("suppressionsKept", done->suppressions_kept);
  out.key("erased").begin_array();
  for (const auto& [name, rows] : done->rows) {
    out.begin_object().field("what", name).field("rows", rows).end_object();
  }
  co_return out.end_array().end_object().take();
}

/// Nothing for "default".
Result<std::optional<std::int64_t>> days_of(const std::string& given) {
  if (given == "default") return std::optional<std::int64_t>();
  std::int64_t days = 0;
  const auto [end, fault] = std::from_chars(given.data(), given.data() + given.size(), days);
  if (fault == std::errc() && end == given.data() + given.size()) return std::optional(days);
  return fail(ErrorCode::invalid_argument, "'days' must be a whole number, or default");
}

Answer set_bodies(PrivacyCommandParts parts, std::string org_id, std::string agent_id,
                  std::string given) {
  Task<Result<void>> checking = check_organization(parts, org_id);
  const Result<void> known = co_await std::move(checking);
  if (!known) co_return fail(known.error());
  const auto days = days_of(given);
  if (!days) co_return fail(days.error());
  std::string actor = "commsctl";
  auto done = co_await parts.bodies.choose(org_id, agent_id, *days, std::move(actor));
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("organization", org_id);
  co_return out.field("days", parts.bodies.days(org_id, agent_id)).end_object().take();
}

Answer rotate(PrivacyCommandParts parts, std::string org_id) {
  Task<Result<void>> checking = check_organization(parts, org_id);
  const Result<void> known = co_await std::move(checking);
  if (!known) co_return fail(known.error());
  std::string actor = "commsctl";
  auto key = co_await parts.keys.rotate(std::move(org_id), std::move(actor));
  if (!key) co_return fail(key.error());
  JsonWriter out;
  co_return out.begin_object().field("key", *key).end_object().take();
}

/// Safe to cut short and to repeat: each row is under one of the two keys, and the server has both.
Answer reseal(PrivacyCommandParts parts) {
  auto keys = co_await parts.keys.reseal();
  if (!keys) co_return fail(keys.error());
  auto providers = co_await parts.registered.reseal();
  if (!providers) co_return fail(providers.error());
  auto erasures = co_await parts.erasure.reseal();
  if (!erasures) co_return fail(erasures.error());
  JsonWriter details;
  details.begin_object().field("dataKeys", *keys).field("providers", *providers);
  std::string counts = details.field("erasures", *erasures).end_object().take();
  store::UnitOfWork unit;
  parts.audit.add_entry(unit, {"", "commsctl", "keys_resealed", "", counts});
  auto noted = co_await parts.store.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  co_return counts;
}

Answer destroy(PrivacyCommandParts parts, std::string org_id) {
  const store::PurgeRunRepository holds(parts.store);
  auto held = co_await holds.find_hold(org_id);
  if (!held) co_return fail(held.error());
  if (*held) co_return fail(ErrorCode::rejected, "a legal hold is on this organization");
  std::string actor = "commsctl";
  auto count = co_await parts.keys.destroy(std::move(org_id), std::move(actor));
  if (!count) co_return fail(count.error());
  JsonWriter out;
  co_return out.begin_object().field("destroyed", *count).end_object().take();
}

Answer list_holds(PrivacyCommandParts parts) {
  const store::PurgeRunRepository repository(parts.store);
  auto holds = co_await repository.holds();
  if (!holds) co_return fail(holds.error());
  JsonWriter out;
  out.begin_object().key("holds").begin_array();
  for (const store::LegalHold& hold : *holds) {
    out.begin_object().field("organization", hold.org_id).field("reason", hold.reason);
    out.field("since", hold.placed_at).end_object();
  }
  co_return out.end_array().end_object().take();
}

Answer hold(PrivacyCommandParts parts, std::string org_id, std::string reason, bool place) {
  Task<Result<void>> checking = check_organization(parts, org_id);
  const Result<void> known = co_await std::move(checking);
  if (!known) co_return fail(known.error());
  store::UnitOfWork unit;
  if (place) {
    store::PurgeRunRepository::add_hold(unit, {org_id, std::move(reason), parts.clock.now()});
  } else {
    store::PurgeRunRepository::add_lift_hold(unit, org_id);
  }
  const char* const action = place ? "legal_hold_placed" : "legal_hold_lifted";
  parts.audit.add_entry(unit, {org_id, "commsctl", action, "", ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::unavailable, "nothing was saved; try again");
  co_return std::string(place ? R"({"held":true})" : R"({"held":false})");
}

Answer purge(PrivacyCommandParts parts, bool dry) {
  Task<Result<Retention::Report>> working =
      dry ? parts.retention.dry_run() : parts.retention.run_now("commsctl");
  Result<Retention::Report> report = co_await std::move(working);
  if (!report) co_return fail(report.error());
  JsonWriter out;
  out.begin_object().field("dryRun", dry).key("rows").begin_array();
  for (const Retention::Count& one : *report) {
    out.begin_object().field("what", one.name).field("rows", one.rows).end_object();
  }
  co_return out.end_array().end_object().take();
}

}  // namespace

void add_privacy_commands(ControlRegistry& registry, PrivacyCommandParts parts) {
  registry.add("contacts.erase", "Erase what an organization has of a person",
               [parts](JsonValue given) {
                 return erase(parts, text(given, "organization"), text(given, "address"));
               });
  registry.add("bodies.set", "Say how long what was said is kept", [parts](JsonValue given) {
    return set_bodies(parts, text(given, "organization"), text(given, "agent"),
                      text(given, "days"));
  });
  registry.add("keys.rotate", "Encrypt content with a new key",
               [parts](JsonValue given) { return rotate(parts, text(given, "organization")); });
  registry.add("keys.destroy", "Make an organization's content unreadable",
               [parts](JsonValue given) { return destroy(parts, text(given, "organization")); });
  registry.add("keys.reseal", "Encrypt under credentials_key what is under the one before",
               [parts](JsonValue) { return reseal(parts); });
  registry.add("holds.list", "List legal holds", [parts](JsonValue) { return list_holds(parts); });
  registry.add("holds.place", "Let nothing of an organization be deleted",
               [parts](JsonValue given) {
                 return hold(parts, text(given, "organization"), text(given, "reason"), true);
               });
  registry.add("holds.lift", "Let things be deleted again", [parts](JsonValue given) {
    return hold(parts, text(given, "organization"), "", false);
  });
  registry.add("purge.run", "Delete what is old enough",
               [parts](JsonValue given) { return purge(parts, given.get("dry_run").has_value()); });
}

}  // namespace commsd::ops
