#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/dispatcher.h"

namespace commsd::mcp {

/// An Error as the JSON-RPC error of a method that is not a tool call: -32602 for what the caller
/// can correct, -32603 for the rest, with the code, and when to come again, in `data`. An internal
/// error is logged and says nothing.
RpcError rpc_failure(std::string_view method, const Error& error);

/// A string member of params. Empty when it is missing or something else.
std::optional<std::string> text_param(const RpcCall& call, std::string_view name);

/// The cursor a list was asked with; nothing without one, "" for one that is no string.
std::optional<std::string> cursor_param(const RpcCall& call);

}  // namespace commsd::mcp
