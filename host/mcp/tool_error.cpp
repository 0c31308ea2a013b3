#include <algorithm>

#include "base/iso_time.h"
#include "base/json_writer.h"
#include "mcp/tool.h"
#include "telemetry/log.h"

namespace commsd::mcp {

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
