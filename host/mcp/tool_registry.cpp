#include "mcp/tool_registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "embedded/tool_schemas.h"

namespace commsd::mcp {

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
  for (const ToolDefinition& definition : definitions_) {
    if (!handled.contains(definition.name)) complain(definition.name, "has no handler");
  }
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults);

  for (ToolDefinition& definition : definitions_) {
    const auto tool = std::find_if(handlers_.begin(), handlers_.end(), [&](const Tool& other) {
      return other.name == definition.name;
    });
    auto entry =
        std::make_unique<Entry>(Entry{std::move(definition), std::move(*tool), entries_.size()});
    for (const identity::Role role : entry->tool.roles) {
      PerRole& per_role = roles_[slot(role)];
      if (!per_role.by_name.emplace(entry->definition.name, entry.get()).second) continue;
      per_role.list.pop_back();
      if (per_role.list.size() > 1) per_role.list += ',';
      per_role.list += entry->definition.listing;
      per_role.list += ']';
    }
    entries_.push_back(std::move(entry));
  }
  definitions_.clear();
  handlers_.clear();
  return {};
}

const ToolRegistry::Entry* ToolRegistry::find(identity::Role role, std::string_view name) const {
  const PerRole& per_role = roles_[slot(role)];
  const auto found = per_role.by_name.find(name);
  return found == per_role.by_name.end() ? nullptr : found->second;
}

const std::string& ToolRegistry::list(identity::Role role) const {
  return roles_[slot(role)].list;
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
