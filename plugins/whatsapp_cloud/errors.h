#pragma once

#include <comms/cpp/http.hpp>

namespace whatsapp_cloud {

/// What Meta's answer means: class by its code, the code, and a remedy. Meta's words are passed on
/// without numbers and URLs.
comms::Error error_of(const comms::HttpResponse& answer);

/// `text` without URLs, addresses and numbers.
std::string redact(std::string_view text);

}  // namespace whatsapp_cloud
