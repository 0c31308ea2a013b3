#include "mcp/prompt_registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_writer.h"
#include "embedded/prompt_definitions.h"

namespace commsd::mcp {

namespace {

std::string argument_faults(const PromptDefinition& definition, const PromptArguments& values) {
  std::string faults;
  const auto complain = [&](const std::string& name, std::string_view what) {
    faults += (faults.empty() ? "argument '" : "; argument '") + name + "' " + std::string(what);
  };
  for (const PromptDefinition::Argument& argument : definition.arguments) {
    if (argument.required && !values.contains(argument.name)) {
      complain(argument.name, "is required");
    }
  }
  for (const auto& [name, value] : values) {
    if (!definition.has_argument(name)) complain(name.substr(0, 64), "is unknown");
  }
  return faults;
}

}  // namespace

Result<void> PromptRegistry::define(std::string_view json) {
  Result<PromptDefinition> definition = PromptDefinition::parse(json);
  if (!definition) return fail(definition.error());
  const auto same = [&](const PromptDefinition& other) { return other.name == definition->name; };
  if (std::any_of(definitions_.begin(), definitions_.end(), same)) {
    return fail(ErrorCode::invalid_argument, "prompt '" + definition->name + "' is defined twice");
  }
  definitions_.push_back(std::move(*definition));
  return {};
}

Result<void> PromptRegistry::define_embedded() {
  for (const embedded::File& file : embedded::prompt_definitions::files()) {
    if (Result<void> defined = define(file.text); !defined) {
      Error error = defined.error();
      error.message = std::string(file.name) + ": " + error.message;
      return fail(std::move(error));
    }
  }
  return {};
}

void PromptRegistry::add(Prompt prompt) {
  handlers_.push_back(std::move(prompt));
}

Result<void> PromptRegistry::seal() {
  std::string faults;
  const auto complain = [&](const std::string& name, std::string_view what) {
    faults += (faults.empty() ? "prompt '" : "; prompt '") + name + "' " + std::string(what);
  };
  std::sort(definitions_.begin(), definitions_.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::set<std::string> handled;
  for (const Prompt& prompt : handlers_) {
    if (!handled.insert(prompt.name).second) complain(prompt.name, "is added twice");
    if (prompt.roles.empty()) complain(prompt.name, "has no role");
    const auto definition =
        std::find_if(definitions_.begin(), definitions_.end(),
                     [&](const auto& other) { return other.name == prompt.name; });
    if (definition == definitions_.end()) {
      complain(prompt.name, "has no definition in schema/prompts");
    } else if (!prompt.get && definition->messages.empty()) {
      complain(prompt.name, "has neither messages nor a handler");
    }
  }
  for (const PromptDefinition& definition : definitions_) {
    if (!handled.contains(definition.name)) complain(definition.name, "is offered to no role");
  }
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults);

  std::array<std::vector<std::string_view>, 3> listings;
  for (PromptDefinition& definition : definitions_) {
    const auto handler = std::find_if(handlers_.begin(), handlers_.end(), [&](const auto& other) {
      return other.name == definition.name;
    });
    entries_.push_back(std::make_unique<Entry>(Entry{std::move(definition), std::move(*handler)}));
    const Entry& entry = *entries_.back();
    for (const identity::Role role : entry.prompt.roles) {
      if (!roles_[slot(role)].by_name.emplace(entry.definition.name, &entry).second) continue;
      listings[slot(role)].push_back(entry.definition.listing);
    }
  }
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    roles_[i].pages = PagedList("prompts", listings[i], page_size_);
  }
  definitions_.clear();
  handlers_.clear();
  return {};
}

const std::string* PromptRegistry::page(identity::Role role,
                                        const std::optional<std::string>& cursor) const {
  return roles_[slot(role)].pages.page(cursor);
}

const PromptRegistry::Entry* PromptRegistry::find(identity::Role role,
                                                  std::string_view name) const {
  const auto& by_name = roles_[slot(role)].by_name;
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

Task<Result<std::string>> PromptRegistry::get(const Entry& entry, PromptContext& context) {
  const PromptDefinition& definition = entry.definition;
  std::string faults = argument_faults(definition, context.arguments);
  if (!faults.empty()) co_return fail(ErrorCode::invalid_argument, std::move(faults));
  std::vector<PromptMessage> messages;
  if (entry.prompt.get) {
    Task<Result<std::vector<PromptMessage>>> making = entry.prompt.get(context);
    Result<std::vector<PromptMessage>> made = co_await std::move(making);
    if (!made) co_return fail(made.error());
    messages = std::move(*made);
  } else {
    messages = definition.fill_in(context.arguments);
  }
  std::string members = R"("description":)";
  append_json_string(members, definition.description);
  members += R"(,"messages":[)";
  for (const PromptMessage& message : messages) {
    if (members.back() == '}') members += ',';
    members += R"({"role":")" + message.role + R"(","content":)" + message.content_json + '}';
  }
  co_return members + ']';
}

std::size_t PromptRegistry::slot(identity::Role role) {
  return static_cast<std::size_t>(role);
}

}  // namespace commsd::mcp
