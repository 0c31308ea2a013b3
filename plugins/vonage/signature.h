#pragma once

#include <comms/cpp/form.hpp>

#include "account.h"

namespace vonage {

/// Whether Vonage sent this, and lately. Two forms:
///
/// Signed webhooks (Messages, Voice): Authorization: Bearer JWT, HS256 with the signature secret;
/// payload_hash is the SHA-256 of the raw body, so a request with a body has to have it. The URL is
/// not signed, so a GET, which says everything there, is refused: answer_method is POST.
///
/// The older SMS API: `sig` over the sorted parameters of query, form or JSON, and `timestamp`.
///
/// Both are fresh for five minutes. The same event comes again under a new token when our answer
/// was lost, so what drops repetitions is the event's id, not `jti`. [any thread]
bool is_authentic(const Account& account, const comms::HttpIn& in);

/// A claim of the token in Authorization, which must have been verified; empty = none.
std::string claim_of(const comms::Host& host, const comms::HttpIn& in, std::string_view name);

/// Parameters of a webhook of the older SMS API, from where its method puts them.
comms::Fields sms_parameters(const comms::Host& host, const comms::HttpIn& in);

}  // namespace vonage
