#include "mcp/rpc_failure.h"

#include "base/json_writer.h"
#include "telemetry/log.h"

namespace commsd::mcp {

RpcError rpc_failure(std::string_view method, const Error& error) {
  if (error.code == ErrorCode::internal) {
    log::error("mcp_method_failed", {{"method", method}, {"cause", error.cause}});
    return {rpc_code::internal_error, "Internal error", {}};
  }
  const bool correctable =
      error.code == ErrorCode::invalid_argument || error.code == ErrorCode::not_found ||
      error.code == ErrorCode::permission_denied || error.code == ErrorCode::too_large;
  JsonWriter data;
  data.begin_object().field("code", to_string(error.code));
  if (!error.remedy.empty()) data.field("remedy", error.remedy);
  if (error.retry_after.count() > 0) {
    data.field("retryAfterSeconds", (error.retry_after.count() + 999) / 1000);
  }
  data.end_object();
  return {correctable ? rpc_code::invalid_params : rpc_code::internal_error,
          (correctable ? "Invalid params: " : "") + error.message, data.take()};
}

std::optional<std::string> text_param(const RpcCall& call, std::string_view name) {
  const auto value = call.message.param(name);
  const auto text = value ? value->string() : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<std::string> cursor_param(const RpcCall& call) {
  if (!call.message.param("cursor")) return std::nullopt;
  return text_param(call, "cursor").value_or("");
}

}  // namespace commsd::mcp
