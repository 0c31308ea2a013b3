#include "api/http_error.h"

#include "base/iso_time.h"
#include "base/json_writer.h"

namespace commsd::api {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::permission_denied:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
    case ErrorCode::in_progress:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::idempotency_mismatch:
    case ErrorCode::rejected:
    case ErrorCode::unsupported:  // no fault of ours, and no repetition helps: not 501
      return 422;
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::cancelled:
      return 499;
    case ErrorCode::ambiguous:
      return 502;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::internal:
      break;
  }
  return 500;
}

std::string error_body(const Error& error) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.field("code", to_string(error.code)).field("message", error.message);
  if (!error.remedy.empty()) out.field("remedy", error.remedy);
  if (!error.rule.empty()) out.field("rule", error.rule);
  if (error.next_allowed_at > 0) out.field("nextAllowedAt", iso_time(error.next_allowed_at));
  return out.end_object().end_object().take();
}

}  // namespace commsd::api
