#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/tool_caller.h"

namespace commsd::api {

/// What REST answers: status and JSON body.
struct RestAnswer {
  int status = 200;
  std::string body;
  std::int64_t retry_after_seconds = 0;  // 0 = no Retry-After
};

/// {"error": text, "code", "message", "remedy", "rule", "nextAllowedAt", "retryAfterSeconds",
/// "vendorCode"}, the last five where they are known. The text is the message and, on further
/// lines, the remedy and `hint`. Nothing of Error::cause.
std::string rest_error_body(const Error& error, std::string_view hint);
std::string rest_error_body(const Error& error);

RestAnswer rest_error(const Error& error, std::string_view hint = {});

/// A tool's outcome: its structured result with 200, its error by http_status(), and a result that
/// tells of a failed deed by its `error.code`, with the members of `error` lifted beside the
/// others. What a vendor refuses this server (its credentials) is a 502, not the caller's 401.
RestAnswer rest_answer(const mcp::ToolOutcome& outcome, std::string_view hint = {});

}  // namespace commsd::api
