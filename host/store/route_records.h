#pragma once

#include <string>

#include "base/clock.h"

// Rows about copies, in the manner of store/records.h.

namespace commsd::store {

/// Where an organization gets copies of what one of its agents sends and receives.
struct Route {
  std::string org_id;
  std::string agent_id;
  std::string kind;           // sms_mirror | email_bcc | webhook_copy | call_recording
  std::string target;         // a number, a mailbox, a URL; "on"
  std::string sealed_secret;  // of webhook_copy: base/sealed_text.h
  UnixMillis created_at = 0;
  UnixMillis updated_at = 0;
};

}  // namespace commsd::store
