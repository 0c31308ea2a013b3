#include <algorithm>

#include "base/json_writer.h"
#include "mcp/tool.h"

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
  out.end_object().end_object();
  ToolResult result;
  result.json = out.take();
  result.is_error = true;
  return result;
}

}  // namespace commsd::mcp
