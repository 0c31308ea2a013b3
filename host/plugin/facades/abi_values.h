#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <comms/comms.h>
#include <comms/webhook.h>

#include "base/result.h"
#include "plugin/provider_types.h"
#include "plugin/services/op.h"
#include "plugin/services/views.h"

// Between the host's types and those of the C ABI. Everything here borrows: what a function is
// given must outlive what it returns.

namespace commsd::plugin {

std::vector<comms_str> to_abi(const std::vector<std::string>& texts);
std::vector<comms_kv> to_abi(const KeyValues& pairs);

/// A webhook with the views the plugin reads.
struct HttpIn {
  explicit HttpIn(const WebhookRequest& request);
  HttpIn(const HttpIn&) = delete;
  HttpIn& operator=(const HttpIn&) = delete;

  std::vector<comms_kv> headers;
  comms_http_in value{};
};

/// The first field of that name; empty when there is none.
std::string field(const OpOutcome& outcome, std::string_view name);

/// The receipt of an accepted message or call. A provider that accepts without saying what gets an
/// empty vendor_id and the status "queued": the message is on its way, whatever was forgotten.
Result<Receipt> to_receipt(OpOutcome outcome, const std::string& provider);
Result<void> to_void(const OpOutcome& outcome, const std::string& provider);

/// "the provider 'x' cannot <what>", unsupported.
Error not_offered(const std::string& provider, std::string_view what);

/// invalid_argument when a value that ends in a header or an address holds a control character: a
/// line break there would let a sender add headers or recipients of his own.
Result<void> check_line(std::string_view what, std::string_view value);

}  // namespace commsd::plugin
