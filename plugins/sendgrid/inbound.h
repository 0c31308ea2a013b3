#pragma once

#include <comms/cpp/event.hpp>
#include <comms/cpp/form.hpp>
#include <comms/cpp/host.hpp>

namespace sendgrid {

/// A mail as Inbound Parse posts it: whole ("POST the raw, full MIME message") or taken apart.
/// Throws COMMS_INVALID for a form that holds none, or not all of one.
comms::Event mail_event(const comms::Host& host, const comms::HttpIn& in);

}  // namespace sendgrid
