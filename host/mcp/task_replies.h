#pragma once

#include <string>

#include "mcp/client_capabilities.h"
#include "mcp/dispatcher.h"

namespace commsd::mcp {

/// What the client declared with this request (modern). Legacy clients declare nothing here: the
/// extension does not exist on their wires.
ClientCapabilities declared_capabilities(const RpcCall& call);

/// -32021, naming the tasks extension as the specification wants it.
RpcReply tasks_not_declared(const RpcCall& call);

RpcReply refuse_task_call(const RpcCall& call, int code, std::string message);

}  // namespace commsd::mcp
