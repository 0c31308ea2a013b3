#include "mcp/modern_envelope.h"

#include <utility>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

RpcError mismatch(std::string text) {
  return {rpc_code::header_mismatch, "Header mismatch: " + std::move(text), {}};
}

RpcError missing_meta(std::string_view member) {
  return {rpc_code::invalid_params,
          "Invalid params: params._meta must have \"" + std::string(member) + "\"",
          {}};
}

RpcError unsupported(std::string_view requested) {
  JsonWriter data;
  data.begin_object().key("supported").begin_array();
  for (const std::string_view version : supported_versions()) data.value(version);
  data.end_array().field("requested", requested).end_object();
  return {rpc_code::unsupported_version, "Unsupported protocol version", data.take()};
}

/// The params member that Mcp-Name repeats, or empty for methods without one.
std::string_view named_member(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  if (method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel") {
    return "taskId";
  }
  return {};
}

}  // namespace

std::optional<std::string> decode_header_value(std::string_view value) {
  constexpr std::string_view prefix = "=?base64?";
  constexpr std::string_view suffix = "?=";
  value = trim(value);
  if (value.size() < prefix.size() + suffix.size() || !value.starts_with(prefix) ||
      !value.ends_with(suffix)) {
    return std::string(value);
  }
  value.remove_prefix(prefix.size());
  value.remove_suffix(suffix.size());
  return base64_decode(value);
}

bool is_modern(const RpcMessage& message, const EnvelopeHeaders& headers) {
  if (message.meta(meta_protocol_version)) return true;
  if (message.kind() == RpcMessage::Kind::request) {
    if (message.method() == "initialize") return false;
    if (message.method() == "server/discover") return true;
  }
  return headers.protocol_version && trim(*headers.protocol_version) == modern_version;
}

std::optional<RpcError> check_envelope(const RpcMessage& message, const EnvelopeHeaders& headers) {
  const auto version_value = message.meta(meta_protocol_version);
  const auto version = version_value ? version_value->string() : std::nullopt;
  if (!version) return missing_meta(meta_protocol_version);
  const auto capabilities = message.meta(meta_client_capabilities);
  if (!capabilities || !capabilities->is_object()) return missing_meta(meta_client_capabilities);

  if (!headers.protocol_version) {
    return mismatch("the header MCP-Protocol-Version is missing");
  }
  if (trim(*headers.protocol_version) != *version) {
    return mismatch("MCP-Protocol-Version and params._meta name different versions");
  }
  if (*version != modern_version) return unsupported(*version);

  if (!headers.method) return mismatch("the header Mcp-Method is missing");
  if (trim(*headers.method) != message.method()) {
    return mismatch("Mcp-Method does not equal the message's method");
  }

  const std::string_view member = named_member(message.method());
  if (member.empty()) return std::nullopt;
  const auto named = message.param(member);
  const auto expected = named ? named->string() : std::nullopt;
  if (!expected) return std::nullopt;  // the method itself says what is wrong with its params
  if (!headers.name) return mismatch("the header Mcp-Name is missing");
  const auto name = decode_header_value(*headers.name);
  if (!name) return mismatch("the header Mcp-Name is not valid base64");
  if (*name != *expected) {
    return mismatch("Mcp-Name does not equal params." + std::string(member));
  }
  return std::nullopt;
}

}  // namespace commsd::mcp
