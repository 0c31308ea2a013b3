#include "values.h"

namespace plivo {

std::string message_status(std::string_view status) {
  for (const std::string_view known : {"sent", "delivered", "undelivered", "failed", "read"}) {
    if (status == known) return std::string(status);
  }
  return status == "rejected" ? "failed" : "queued";
}

std::string call_status(std::string_view status) {
  if (status == "cancel") return "canceled";
  if (status == "timeout") return "no-answer";
  for (const std::string_view known :
       {"ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}) {
    if (status == known) return std::string(status);
  }
  return "queued";
}

std::string ended_status(bool answered, std::string_view hangup_code) {
  if (answered) return "completed";
  if (hangup_code == "1000") return "canceled";
  if (hangup_code == "3010") return "busy";
  // 3000 is no answer; without a code nobody answered either.
  return hangup_code.empty() || hangup_code == "3000" ? "no-answer" : "failed";
}

}  // namespace plivo
