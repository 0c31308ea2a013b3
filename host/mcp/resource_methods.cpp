#include "mcp/resource_methods.h"

#include <utility>

#include "base/json_writer.h"
#include "mcp/rpc_failure.h"

namespace commsd::mcp {

namespace {

using Serves = Dispatcher::Serves;

Task<RpcReply> list(const Dispatcher* dispatcher, const ResourceRegistry* registry, RpcCall* call) {
  Task<Result<std::string>> listing = registry->list(call->principal, cursor_param(*call));
  Result<std::string> members = co_await std::move(listing);
  if (members) co_return dispatcher->cached_result(*call, *members);
  if (members.error().code == ErrorCode::invalid_argument) co_return Dispatcher::bad_cursor(*call);
  co_return Dispatcher::error(*call, rpc_failure("resources/list", members.error()));
}

Task<RpcReply> templates(const Dispatcher* dispatcher, const ResourceRegistry* registry,
                         RpcCall* call) {
  const std::string* const page = registry->templates(call->principal.role, cursor_param(*call));
  if (!page) co_return Dispatcher::bad_cursor(*call);
  co_return dispatcher->cached_result(*call, *page);
}

/// -32002 is of the legacy wire only; the modern one forbids it (2026-07-28, server/resources).
RpcError not_found(const RpcCall& call, const Error& error, const std::string& uri) {
  JsonWriter data;
  data.begin_object().field("uri", uri).end_object();
  const int code =
      call.era == Era::legacy ? rpc_code::resource_not_found : rpc_code::invalid_params;
  return {code, error.message, data.take()};
}

Task<RpcReply> read(const Dispatcher* dispatcher, const ResourceRegistry* registry, RpcCall* call) {
  const auto uri = text_param(*call, "uri");
  if (!uri) {
    const RpcError missing{rpc_code::invalid_params, "Invalid params: 'uri' must be a string", {}};
    co_return Dispatcher::error(*call, missing);
  }
  ResourceContext context{call->principal, *uri, {}, call->cancelled, call->client};
  Task<Result<std::string>> reading = registry->read(context);
  Result<std::string> contents = co_await std::move(reading);
  if (contents) {
    const std::string members = R"("contents":)" + *contents;
    // What changes without notice must be read again.
    co_return dispatcher->cached_result(*call, members, std::chrono::milliseconds(0));
  }
  const Error& error = contents.error();
  if (auto asking = dispatcher->ask_client(*call, error)) co_return std::move(*asking);
  if (error.code == ErrorCode::not_found) {
    co_return Dispatcher::error(*call, not_found(*call, error, *uri));
  }
  co_return Dispatcher::error(*call, rpc_failure("resources/read", error));
}

}  // namespace

void add_resource_methods(Dispatcher& dispatcher, const ResourceRegistry& registry) {
  const auto method = [&](auto* run) {
    return
        [run, &dispatcher, &registry](RpcCall& call) { return run(&dispatcher, &registry, &call); };
  };
  dispatcher.add_method("resources/list", Serves::both, method(&list));
  dispatcher.add_method("resources/templates/list", Serves::both, method(&templates));
  dispatcher.add_method("resources/read", Serves::both, method(&read));
  dispatcher.add_capability("resources", Serves::both, R"({"subscribe":true,"listChanged":true})");
}

}  // namespace commsd::mcp
