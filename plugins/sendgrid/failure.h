#pragma once

#include <comms/cpp/http.hpp>

namespace sendgrid {

/// What an answer that is no success means, with a remedy for the failures that people meet.
/// SendGrid's errors have no codes: vendor_code is the field it names, else the HTTP status.
comms::Error failure(const comms::Host& host, const comms::HttpResponse& response);

}  // namespace sendgrid
