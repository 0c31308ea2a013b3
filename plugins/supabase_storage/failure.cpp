#include "failure.h"

#include <charconv>

#include <comms/cpp/remedy.hpp>
#include <comms/cpp/utf8.hpp>

namespace supabase_storage {

namespace {

constexpr const char* new_key = "set service_key to a secret key of this project";
constexpr const char* bucket = "make the bucket, or correct bucket and base_url";
constexpr const char* larger = "raise the bucket's largest file size, or send a smaller file";

constexpr comms::Remedy known[] = {
    {"NoSuchKey", COMMS_NOT_FOUND, ""},
    {"not_found", COMMS_NOT_FOUND, ""},
    {"NoSuchBucket", COMMS_INVALID, bucket},
    {"Bucket not found", COMMS_INVALID, bucket},
    {"TenantNotFound", COMMS_INVALID, bucket},
    {"InvalidJWT", COMMS_UNAUTHENTICATED, new_key},
    {"Unauthorized", COMMS_UNAUTHENTICATED, new_key},
    {"AccessDenied", COMMS_DENIED, new_key},
    {"EntityTooLarge", COMMS_REJECTED, larger},
    {"Payload too large", COMMS_REJECTED, larger},
    {"InvalidMimeType", COMMS_REJECTED, "let the bucket take this type of file"},
    {"invalid_mime_type", COMMS_REJECTED, "let the bucket take this type of file"},
    {"InvalidRange", COMMS_INVALID, ""},
    {"ResourceLocked", COMMS_UNAVAILABLE, ""},
    {"LockTimeout", COMMS_UNAVAILABLE, ""},
    {"DatabaseTimeout", COMMS_UNAVAILABLE, ""},
    {"InternalError", COMMS_UNAVAILABLE, ""},
    {"SlowDown", COMMS_RATE_LIMITED, ""},
};
constexpr comms::Remedies meanings(known);

std::string brief(const std::string& text) {
  constexpr std::size_t longest = 200;
  return std::string(comms::utf8_front(text, longest));
}

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  if (response.status() == 0) return error;
  const comms::Json body = response.json();
  const std::string message = brief(body["message"].text());
  const std::string number = body["statusCode"].text();
  int status = response.status();
  std::from_chars(number.data(), number.data() + number.size(), status);
  if (status != response.status() && status >= 400 && status < 600) {
    const std::uint32_t wait = error.retry_after_ms;
    error = comms::http_error({status, COMMS_OK, true, {}, {}, 0});
    error.retry_after_ms = wait;
  }
  if (!message.empty()) error.message += ": " + message;
  error.vendor_code = brief(body["code"].text());
  if (error.vendor_code.empty()) error.vendor_code = brief(body["error"].text());
  // The more telling of two names; a bucket that is not there was "not_found" before there were
  // codes.
  for (const std::string& name : {body["error"].text(), error.vendor_code, message}) {
    if (const comms::Remedy* meaning = meanings.find(name)) {
      error.status = meaning->status;
      error.remedy = meaning->remedy;
    }
  }
  return error;
}

}  // namespace supabase_storage
