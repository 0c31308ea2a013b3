#pragma once

#include <set>
#include <string>
#include <string_view>

#include "plugin/provider_types.h"

namespace commsd::messaging {

// What one delivery of a mail says of itself: whom it is for, and which mail it is. One mail may be
// delivered several times: mail servers pass it on once for each recipient or for some together,
// and vendors report every such passing on its own.

/// The addresses that a delivery is for, lower case, without display names: those that the provider
/// names ("recipients" in comms/slot/email.h), else those that the mail is openly sent to.
std::set<std::string> recipients_of(const plugin::ProviderEvent& mail);
/// Takes from a mail what it says of the others that it is delivered to: some may be hidden.
void hide_recipients(plugin::ProviderEvent& mail);

/// The same for each delivery of a mail and different for every other mail, whoever reports it. ""
/// when the mail has no Message-ID. Made with `key`, so that it tells nothing of what was written.
std::string mail_key(std::string_view key, const plugin::ProviderEvent& mail);

}  // namespace commsd::messaging
