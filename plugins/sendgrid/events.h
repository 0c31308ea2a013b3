#pragma once

#include <string_view>

#include <comms/cpp/event.hpp>
#include <comms/cpp/host.hpp>

namespace sendgrid {

/// The news about sent mails in a body of the event webhook, which is an array. Throws
/// COMMS_INVALID for anything else.
comms::Events status_events(const comms::Host& host, std::string_view body);

}  // namespace sendgrid
