#include "store/database_error.h"

namespace commsd::store {

namespace {

std::string_view view(comms_str text) {
  return text.len ? std::string_view(text.ptr, text.len) : std::string_view();
}

}  // namespace

void DatabaseReport::take(void* self, const comms_error* detail) {
  auto& report = *static_cast<DatabaseReport*>(self);
  report.message_ = view(detail->message);
  report.vendor_code_ = view(detail->vendor_code);
  report.remedy_ = view(detail->remedy);
}

Error DatabaseReport::error(comms_status status) const {
  return database_error(status, message_, vendor_code_, remedy_);
}

Error database_error(comms_status status, std::string_view detail, std::string_view vendor_code,
                     std::string_view remedy) {
  Error error;
  error.cause = std::string(detail);
  error.vendor_code = std::string(vendor_code);
  error.remedy = std::string(remedy);
  switch (status) {
    case COMMS_UNAVAILABLE:
    case COMMS_TIMEOUT:
    case COMMS_RATE_LIMITED:
    case COMMS_CANCELLED:
      error.code = ErrorCode::unavailable;
      error.message = "the database cannot do this now; nothing was saved, try again";
      error.retry_after = std::chrono::seconds(1);
      break;
    case COMMS_AMBIGUOUS:
      error.code = ErrorCode::ambiguous;
      error.message = "the connection to the database was lost while saving; look before repeating";
      break;
    default:
      error.code = ErrorCode::internal;
      error.message = "the database could not do what the server asked";
      break;
  }
  return error;
}

}  // namespace commsd::store
