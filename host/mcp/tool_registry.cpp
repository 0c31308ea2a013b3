#include "mcp/tool_registry.h"

#include <algorithm>
#include <utility>

#include "embedded/tool_schemas.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t most_narrowed = 64;

}  // namespace

struct ToolRegistry::View {
  std::unordered_map<std::string_view, const Entry*> by_name;
  PagedList pages;
};

Result<void> ToolRegistry::define(std::string_view json) {
  Result<ToolDefinition> definition = ToolDefinition::parse(json);
  if (!definition) return fail(definition.error());
  const auto same = [&](const ToolDefinition& other) { return other.name == definition->name; };
  if (std::any_of(definitions_.begin(), definitions_.end(), same)) {
    return fail(ErrorCode::invalid_argument, "tool '" + definition->name + "' is defined twice");
  }
  definitions_.push_back(std::move(*definition));
  return {};
}

Result<void> ToolRegistry::define_embedded() {
  for (const embedded::File& file : embedded::tool_schemas::files()) {
    if (Result<void> defined = define(file.text); !defined) {
      Error error = defined.error();
      error.message = std::string(file.name) + ": " + error.message;
      return fail(std::move(error));
    }
    if (!definitions_.back().rest) {
      return fail(ErrorCode::invalid_argument,
                  std::string(file.name) +
                      ": needs \"rest\": {\"method\", \"path\"}, because every tool is on /api/v1");
    }
  }
  return {};
}

void ToolRegistry::add(Tool tool) {
  handlers_.push_back(std::move(tool));
}

Result<void> ToolRegistry::seal() {
  std::string faults;
  const auto complain = [&](const std::string& name, std::string_view what) {
    faults += (faults.empty() ? "tool '" : "; tool '") + name + "' " + std::string(what);
  };
  std::sort(definitions_.begin(), definitions_.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::set<std::string> handled;
  for (const Tool& tool : handlers_) {
    if (!handled.insert(tool.name).second) complain(tool.name, "has two handlers");
    if (!tool.handler || tool.roles.empty()) complain(tool.name, "has no handler or no role");
    const auto same = [&](const ToolDefinition& other) { return other.name == tool.name; };
    if (std::none_of(definitions_.begin(), definitions_.end(), same)) {
      complain(tool.name, "has no definition in schema/tools");
    }
  }
  std::set<std::string> routes;
  for (const ToolDefinition& definition : definitions_) {
    if (!handled.contains(definition.name)) complain(definition.name, "has no handler");
    if (definition.rest && !routes.insert(definition.rest->key()).second) {
      complain(definition.name, "has the method and path of another on REST");
    }
  }
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults);

  drop_other_editions();
  for (ToolDefinition& definition : definitions_) {
    const auto tool = std::find_if(handlers_.begin(), handlers_.end(), [&](const Tool& other) {
      return other.name == definition.name;
    });
    auto entry =
        std::make_unique<Entry>(Entry{std::move(definition), std::move(*tool), entries_.size()});
    toolsets_.insert(entry->definition.toolsets.begin(), entry->definition.toolsets.end());
    entries_.push_back(std::move(entry));
  }
  definitions_.clear();
  handlers_.clear();
  for (const identity::Role role :
       {identity::Role::orchestrator, identity::Role::organization, identity::Role::agent}) {
    roles_[slot(role)] = make_view(role, {});
  }
  return {};
}

void ToolRegistry::drop_other_editions() {
  if (edition_.empty()) return;
  std::erase_if(definitions_, [&](const ToolDefinition& definition) {
    const auto& in = definition.editions;
    return !in.empty() && std::find(in.begin(), in.end(), edition_) == in.end();
  });
}

bool ToolRegistry::permits(const identity::Principal& principal, const Entry& entry) {
  const auto& roles = entry.tool.roles;
  return std::find(roles.begin(), roles.end(), principal.role) != roles.end() &&
         in_toolsets(entry, principal.toolsets);
}

const ToolRegistry::Entry* ToolRegistry::find(const identity::Principal& principal,
                                              std::string_view name) const {
  const Entry* const entry = find(principal.role, name);
  return entry && in_toolsets(*entry, principal.toolsets) ? entry : nullptr;
}

const ToolRegistry::Entry* ToolRegistry::find(identity::Role role, std::string_view name) const {
  const auto& by_name = roles_[slot(role)]->by_name;
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

bool ToolRegistry::has(std::string_view name) const {
  const auto same = [name](const auto& entry) { return entry->definition.name == name; };
  return std::any_of(entries_.begin(), entries_.end(), same);
}

std::shared_ptr<const std::string> ToolRegistry::page(
    const identity::Principal& principal, const std::optional<std::string>& cursor) const {
  std::shared_ptr<const View> seen = view(principal);
  const std::string* const text = seen->pages.page(cursor);
  return text ? std::shared_ptr<const std::string>(std::move(seen), text) : nullptr;
}

std::shared_ptr<const ToolRegistry::View> ToolRegistry::view(
    const identity::Principal& principal) const {
  if (principal.toolsets.empty()) return roles_[slot(principal.role)];
  const std::set<std::string> names(principal.toolsets.begin(), principal.toolsets.end());
  std::string key(to_string(principal.role));
  for (const std::string& name : names) key += '\n' + name;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const View>& cached = narrowed_[key];
  if (cached) return cached;
  std::shared_ptr<const View> made = make_view(principal.role, principal.toolsets);
  // Tokens with made-up toolsets must not fill the memory; what is dropped is written again.
  if (narrowed_.size() > most_narrowed) {
    narrowed_.clear();
    return narrowed_[key] = made;
  }
  return cached = made;
}

bool ToolRegistry::in_toolsets(const Entry& entry, const std::vector<std::string>& toolsets) {
  const std::vector<std::string>& own = entry.definition.toolsets;
  if (toolsets.empty() || own.empty()) return true;
  return std::any_of(own.begin(), own.end(), [&](const std::string& name) {
    return std::find(toolsets.begin(), toolsets.end(), name) != toolsets.end();
  });
}

std::shared_ptr<const ToolRegistry::View> ToolRegistry::make_view(
    identity::Role role, const std::vector<std::string>& toolsets) const {
  auto made = std::make_shared<View>();
  std::vector<std::string_view> listings;
  for (const auto& entry : entries_) {
    const auto& roles = entry->tool.roles;
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) continue;
    if (!in_toolsets(*entry, toolsets) || entry->definition.rest_only) continue;
    made->by_name.emplace(entry->definition.name, entry.get());
    const bool for_model = role == identity::Role::agent;
    if (for_model && toolsets.empty() && entry->definition.on_request) continue;
    listings.push_back(for_model ? entry->definition.brief_listing : entry->definition.listing);
  }
  made->pages = PagedList("tools", listings, page_size_);
  return made;
}

std::size_t ToolRegistry::slot(identity::Role role) {
  switch (role) {
    case identity::Role::orchestrator:
      return 0;
    case identity::Role::organization:
      return 1;
    case identity::Role::agent:
      break;
  }
  return 2;
}

}  // namespace commsd::mcp
