#include <algorithm>

#include "base/iso_time.h"
#include "base/json_writer.h"
#include "mcp/tool.h"
#include "telemetry/log.h"

namespace commsd::mcp {

std::string_view usual_remedy(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "Correct the arguments and call the tool again.";
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
      return "Leave it to somebody who may do it, or ask the operator of this server.";
    case ErrorCode::not_found:
      return "Check the id: it must be one that this server gave to your own organization.";
    case ErrorCode::conflict:
      return "Look at what is there now before you call again.";
    case ErrorCode::idempotency_mismatch:
      return "Take a new idempotencyKey, or repeat the call with the same arguments.";
    case ErrorCode::in_progress:
      return "Wait a moment and repeat the call unchanged.";
    case ErrorCode::rate_limited:
      return "Wait, or have the limit raised.";
    case ErrorCode::too_large:
      return "Send less at a time.";
    case ErrorCode::rejected:
      return "Do not repeat the call unchanged: it would be refused again.";
    case ErrorCode::unsupported:
      return "Do without it, or ask the operator of this server.";
    case ErrorCode::unavailable:
    case ErrorCode::cancelled:
      return "Nothing was done: call again in a moment.";
    case ErrorCode::timeout:
    case ErrorCode::ambiguous:
      return "Look at what was done before you call again.";
    case ErrorCode::internal:
      break;
  }
  return "Tell the operator of this server, whose log says more.";
}

Error with_remedy(Error error) {
  if (error.remedy.empty()) error.remedy = usual_remedy(error.code);
  return error;
}

ToolResult to_tool_error(const Error& error) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.field("code", to_string(error.code)).field("message", error.message);
  if (!error.remedy.empty()) out.field("remedy", error.remedy);
  if (!error.vendor_code.empty()) out.field("vendorCode", error.vendor_code);
  if (error.retry_after.count() > 0) {
    const auto seconds = std::max<std::int64_t>(1, (error.retry_after.count() + 999) / 1000);
    out.field("retryAfterSeconds", seconds);
  }
  if (!error.rule.empty()) out.field("rule", error.rule);
  if (error.next_allowed_at > 0) out.field("nextAllowedAt", iso_time(error.next_allowed_at));
  out.end_object().end_object();
  ToolResult result;
  result.json = out.take();
  result.is_error = true;
  return result;
}

void append_tool_result(std::string& out, const ToolResult& result) {
  out += R"("content":)";
  if (result.content_json.empty()) {
    out += R"([{"type":"text","text":)";
    append_json_string(out, result.json);
    out += "}]";
  } else {
    out += result.content_json;
  }
  if (result.is_error) {
    out += R"(,"isError":true)";
  } else if (!result.json.empty()) {
    out += R"(,"structuredContent":)";
    out += result.json;
  }
}

void log_tool_error(std::string_view tool, const Error& error) {
  if (error.code == ErrorCode::internal) {
    log::error("tool_failed", {{"tool", tool}, {"cause", error.cause}});
  } else if (!error.cause.empty()) {
    log::info("tool_refused",
              {{"tool", tool}, {"code", to_string(error.code)}, {"cause", error.cause}});
  }
}

}  // namespace commsd::mcp
