#include "values.h"

#include <comms/cpp/timestamp.hpp>

namespace telnyx {

std::string message_status(std::string_view status) {
  if (status == "sent" || status == "delivered") return std::string(status);
  if (status == "delivery_unconfirmed") return "sent";
  if (status == "delivery_failed") return "undelivered";
  if (status == "sending_failed" || status == "expired") return "failed";
  return "queued";  // queued, sending
}

std::string call_status(std::string_view status) {
  if (status == "answered") return "in-progress";
  for (const std::string_view known :
       {"ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}) {
    if (status == known) return std::string(status);
  }
  return "queued";  // queued, accepted, initiated
}

std::int64_t time_ms(std::string_view text) {
  const std::int64_t iso = comms::timestamp_ms(text);
  return iso != 0 ? iso : comms::mail_date_ms(text);
}

}  // namespace telnyx
