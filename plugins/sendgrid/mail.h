#pragma once

#include <string>

#include <comms/cpp/email.hpp>

namespace sendgrid {

/// The JSON of POST /v3/mail/send. Throws COMMS_INVALID or COMMS_REJECTED for what cannot be sent.
std::string mail_body(const comms::Host& host, const comms::EmailMessage& message);

}  // namespace sendgrid
