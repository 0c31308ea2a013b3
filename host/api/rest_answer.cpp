#include "api/rest_answer.h"

#include <algorithm>

#include "api/http_error.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "base/json_writer.h"

namespace commsd::api {

namespace {

constexpr int bad_gateway = 502;
constexpr int unprocessable = 422;  // a failed deed whose code is a vendor's own word

void write_text(JsonWriter& out, std::string_view message, std::string_view remedy,
                std::string_view hint) {
  std::string text(message);
  for (const std::string_view line : {remedy, hint}) {
    if (line.empty()) continue;
    text += '\n';
    text += line;
  }
  out.field("error", text);
}

std::int64_t seconds_of(const Error& error) {
  if (error.retry_after.count() <= 0) return 0;
  return std::max<std::int64_t>(1, (error.retry_after.count() + 999) / 1000);
}

/// The status of a result that says what failed.
int status_of_failure(std::string_view code) {
  for (int i = static_cast<int>(ErrorCode::invalid_argument);
       i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto known = static_cast<ErrorCode>(i);
    if (to_string(known) != code) continue;
    const bool of_vendor =
        known == ErrorCode::unauthenticated || known == ErrorCode::permission_denied;
    return of_vendor ? bad_gateway : http_status(known);
  }
  return unprocessable;
}

RestAnswer failed_deed(const mcp::ToolResult& result) {
  RestAnswer answer;
  answer.status = unprocessable;
  const auto document = JsonDocument::parse(result.json);
  if (!document) {
    answer.status = http_status(ErrorCode::internal);
    answer.body = rest_error_body(Error());
    return answer;
  }
  JsonWriter out;
  out.begin_object();
  const auto error = document->root().get("error");
  if (error && error->is_object()) {
    answer.status = status_of_failure(error->string("code").value_or(""));
    write_text(out, error->string("message").value_or("the deed failed"),
               error->string("remedy").value_or(""), {});
    error->each_member([&](std::string_view name, JsonValue value) {
      if (name != "error" && !document->root().get(name)) out.raw_field(name, value.to_string());
    });
  } else {
    out.field("error", error ? error->string().value_or("the deed failed") : "the deed failed");
  }
  document->root().each_member([&](std::string_view name, JsonValue value) {
    if (name != "error") out.raw_field(name, value.to_string());
  });
  answer.body = out.end_object().take();
  return answer;
}

}  // namespace

std::string rest_error_body(const Error& error, std::string_view hint) {
  JsonWriter out;
  out.begin_object();
  write_text(out, error.message, error.remedy, hint);
  out.field("code", to_string(error.code)).field("message", error.message);
  if (!error.remedy.empty()) out.field("remedy", error.remedy);
  if (!error.rule.empty()) out.field("rule", error.rule);
  if (error.next_allowed_at > 0) out.field("nextAllowedAt", iso_time(error.next_allowed_at));
  if (const auto seconds = seconds_of(error); seconds > 0) out.field("retryAfterSeconds", seconds);
  if (!error.vendor_code.empty()) out.field("vendorCode", error.vendor_code);
  return out.end_object().take();
}

std::string rest_error_body(const Error& error) {
  return rest_error_body(error, {});
}

RestAnswer rest_error(const Error& error, std::string_view hint) {
  RestAnswer answer;
  answer.status = http_status(error.code);
  answer.body = rest_error_body(error, hint);
  if (answer.status == 429 || answer.status == 503) {
    answer.retry_after_seconds = std::max<std::int64_t>(1, seconds_of(error));
  }
  return answer;
}

RestAnswer rest_answer(const mcp::ToolOutcome& outcome, std::string_view hint) {
  if (outcome.error) {
    const bool arguments = outcome.error->code == ErrorCode::invalid_argument;
    RestAnswer answer = rest_error(*outcome.error, arguments ? hint : std::string_view());
    if (outcome.error->code == ErrorCode::unauthenticated) answer.status = bad_gateway;
    return answer;
  }
  if (outcome.result.is_error) return failed_deed(outcome.result);
  RestAnswer answer;
  answer.body = outcome.result.json;
  if (answer.body.empty()) answer.body = R"({"content":)" + outcome.result.content_json + "}";
  return answer;
}

}  // namespace commsd::api
