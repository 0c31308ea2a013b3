#pragma once

#include <string>

#include "plugin/provider_types.h"

namespace commsd::messaging {

/// Ends the text and the html of a mail with the sender's postal address; what names it already
/// (in whatever lines) is left as it is, so that it stands there once. "" appends nothing.
void append_postal_address(plugin::OutboundMessage& mail, const std::string& address);

}  // namespace commsd::messaging
