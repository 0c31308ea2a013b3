#include "ops/template_commands.h"

#include <algorithm>

#include "base/json_writer.h"
#include "telemetry/log.h"

namespace commsd::ops {

namespace {

using Answer = Task<Result<std::string>>;

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

void write(JsonWriter& out, const plugin::MessageTemplate& one) {
  out.begin_object().field("id", one.vendor_id).field("name", one.name);
  out.field("language", one.language).field("status", one.status);
  out.field("category", one.category).field("reason", one.reason).end_object();
}

/// "Ana|12:30" as {"1": "Ana", "2": "12:30"}
plugin::KeyValues samples_of(std::string_view list) {
  plugin::KeyValues samples;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('|'), list.size());
    samples.emplace_back(std::to_string(samples.size() + 1), list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return samples;
}

Answer list(TemplateCommandParts parts, std::string org_id) {
  plugin::Scope scope{std::move(org_id), ""};
  auto all = co_await parts.templates.list(std::move(scope));
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("templates").begin_array();
  for (const plugin::MessageTemplate& one : *all) write(out, one);
  co_return out.end_array().end_object().take();
}

/// The change is at the vendor by then; that it could not be noted down does not undo it.
Task<void> note(TemplateCommandParts parts, std::string org_id, std::string action,
                std::string name) {
  store::UnitOfWork unit;
  parts.audit.add_entry(unit, {std::move(org_id), "commsctl", std::move(action), "", ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) log::error("template_not_audited", {{"template", name}});
}

Answer add(TemplateCommandParts parts, std::string org_id, plugin::NewTemplate wanted) {
  std::string name = wanted.name;
  plugin::Scope scope{org_id, ""};
  auto made = co_await parts.templates.create(std::move(scope), std::move(wanted));
  if (!made) co_return fail(made.error());
  co_await note(parts, std::move(org_id), "template_added", std::move(name));
  JsonWriter out;
  write(out, *made);
  co_return out.take();
}

Answer remove(TemplateCommandParts parts, std::string org_id, std::string name,
              std::string language) {
  plugin::Scope scope{org_id, ""};
  auto removed = co_await parts.templates.remove(std::move(scope), name, std::move(language));
  if (!removed) co_return fail(removed.error());
  co_await note(parts, std::move(org_id), "template_removed", std::move(name));
  co_return std::string(R"({"removed":true})");
}

}  // namespace

void add_template_commands(ControlRegistry& registry, TemplateCommandParts parts) {
  registry.add("templates.list", "List the WhatsApp templates of an organization's provider",
               [parts](JsonValue given) { return list(parts, text(given, "organization")); });
  registry.add("templates.add", "Make a WhatsApp template and ask for its approval",
               [parts](JsonValue given) {
                 return add(parts, text(given, "organization"),
                            {text(given, "name"), text(given, "language"), text(given, "category"),
                             text(given, "body"), samples_of(text(given, "samples"))});
               });
  registry.add("templates.remove", "Remove a WhatsApp template", [parts](JsonValue given) {
    return remove(parts, text(given, "organization"), text(given, "name"), text(given, "language"));
  });
}

}  // namespace commsd::ops
