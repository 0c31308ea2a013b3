#include "mcp/task_replies.h"

#include <utility>

#include "mcp/modern_envelope.h"

namespace commsd::mcp {

ClientCapabilities declared_capabilities(const RpcCall& call) {
  if (call.era != Era::modern) return {};
  const auto declared = call.message.meta(meta_client_capabilities);
  return declared ? ClientCapabilities::parse(*declared) : ClientCapabilities();
}

RpcReply tasks_not_declared(const RpcCall& call) {
  return Dispatcher::error(
      call, {rpc_code::missing_capability,
             "Missing required client capability: the extension " + std::string(tasks_extension),
             R"({"requiredCapabilities":{"extensions":{")" + std::string(tasks_extension) +
                 R"(":{}}}})"});
}

RpcReply refuse_task_call(const RpcCall& call, int code, std::string message) {
  return Dispatcher::error(call, {code, std::move(message), {}});
}

}  // namespace commsd::mcp
