#include "mcp/prompt_methods.h"

#include <utility>

#include "mcp/rpc_failure.h"

namespace commsd::mcp {

namespace {

using Serves = Dispatcher::Serves;

RpcReply invalid(const RpcCall& call, std::string_view what) {
  return Dispatcher::error(call,
                           {rpc_code::invalid_params, "Invalid params: " + std::string(what), {}});
}

/// Copies an object of strings; false when it is something else.
bool read_strings(JsonValue object, PromptArguments& strings) {
  bool valid = object.is_object();
  object.each_member([&](std::string_view name, JsonValue value) {
    valid = valid && value.is_string();
    strings.emplace(name, value.string().value_or(""));
  });
  return valid;
}

Task<RpcReply> list(const Dispatcher* dispatcher, const PromptRegistry* registry, RpcCall* call) {
  const std::string* const page = registry->page(call->principal.role, cursor_param(*call));
  if (!page) co_return Dispatcher::bad_cursor(*call);
  co_return dispatcher->cached_result(*call, *page);
}

Task<RpcReply> get(const Dispatcher* dispatcher, const PromptRegistry* registry, RpcCall* call) {
  const auto name = text_param(*call, "name");
  if (!name) co_return invalid(*call, "'name' must be the name of a prompt");
  const PromptRegistry::Entry* const entry = registry->find(call->principal.role, *name);
  if (!entry) co_return invalid(*call, "there is no prompt '" + name->substr(0, 64) + "'");
  PromptContext context{call->principal, {}, call->cancelled, call->client};
  const auto given = call->message.param("arguments");
  if (given && !read_strings(*given, context.arguments)) {
    co_return invalid(*call, "'arguments' must be an object of strings");
  }
  Task<Result<std::string>> getting = PromptRegistry::get(*entry, context);
  Result<std::string> members = co_await std::move(getting);
  if (members) co_return dispatcher->result(*call, *members);
  if (auto asking = dispatcher->ask_client(*call, members.error())) co_return std::move(*asking);
  co_return Dispatcher::error(*call, rpc_failure("prompts/get", members.error()));
}

/// What completion/complete asks about.
struct Target {
  const Completer* complete = nullptr;  // null = no candidates, which is no error
  std::string fault;
};

Target find_target(const PromptRegistry& prompts, const ResourceRegistry& resources,
                   const identity::Principal& principal, JsonValue ref, std::string_view argument) {
  const auto type = ref.string("type");
  if (type == "ref/prompt") {
    const auto* entry = prompts.find(principal.role, ref.string("name").value_or(""));
    if (!entry) return {nullptr, "'ref.name' is not the name of a prompt"};
    if (!entry->definition.has_argument(argument)) {
      return {nullptr, "'argument.name' is not an argument of that prompt"};
    }
    return {&entry->prompt.complete, {}};
  }
  if (type == "ref/resource") {
    const auto* entry = resources.find_template(principal, ref.string("uri").value_or(""));
    if (!entry) return {nullptr, "'ref.uri' is not the URI template of a resource"};
    if (!entry->definition.uri_template->has_variable(argument)) {
      return {nullptr, "'argument.name' is not a variable of that template"};
    }
    return {&entry->resource.complete, {}};
  }
  return {nullptr, "'ref.type' must be ref/prompt or ref/resource"};
}

Task<RpcReply> complete(const Dispatcher* dispatcher, const PromptRegistry* prompts,
                        const ResourceRegistry* resources, RpcCall* call) {
  const auto ref = call->message.param("ref");
  const auto argument = call->message.param("argument");
  const auto name = argument ? argument->string("name") : std::nullopt;
  const auto value = argument ? argument->string("value") : std::nullopt;
  if (!ref || !name || !value) {
    co_return invalid(*call, "'ref' and 'argument' with 'name' and 'value' are required");
  }
  const Target target = find_target(*prompts, *resources, call->principal, *ref, *name);
  if (!target.fault.empty()) co_return invalid(*call, target.fault);

  CompletionContext context{call->principal, std::string(*name), std::string(*value), {}};
  const auto around = call->message.param("context");
  const auto settled = around ? around->get("arguments") : std::nullopt;
  if (settled && !read_strings(*settled, context.arguments)) {
    co_return invalid(*call, "'context.arguments' must be an object of strings");
  }
  std::vector<std::string> candidates;
  if (target.complete && *target.complete) {
    Task<Result<std::vector<std::string>>> asking = (*target.complete)(context);
    Result<std::vector<std::string>> found = co_await std::move(asking);
    if (!found) {
      co_return Dispatcher::error(*call, rpc_failure("completion/complete", found.error()));
    }
    candidates = std::move(*found);
  }
  const std::string members = R"("completion":)" + completion_json(candidates, context.value);
  co_return dispatcher->result(*call, members);
}

}  // namespace

void add_prompt_methods(Dispatcher& dispatcher, const PromptRegistry& registry) {
  dispatcher.add_method("prompts/list", Serves::both, [&dispatcher, &registry](RpcCall& call) {
    return list(&dispatcher, &registry, &call);
  });
  dispatcher.add_method("prompts/get", Serves::both, [&dispatcher, &registry](RpcCall& call) {
    return get(&dispatcher, &registry, &call);
  });
  dispatcher.add_capability("prompts", Serves::both, R"({"listChanged":true})");
}

void add_completion_method(Dispatcher& dispatcher, const PromptRegistry& prompts,
                           const ResourceRegistry& resources) {
  dispatcher.add_method("completion/complete", Serves::both,
                        [&dispatcher, &prompts, &resources](RpcCall& call) {
                          return complete(&dispatcher, &prompts, &resources, &call);
                        });
  dispatcher.add_capability("completions", Serves::both, "{}");
}

}  // namespace commsd::mcp
