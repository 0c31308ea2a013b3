#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/host.hpp>

// Plivo answers a new call with the id of the request. In its own sample of a live call
// (plivo-go, liveCallGetResponse.json) the call has the same id; its documents promise that
// nowhere. A call we made goes by the id of the request, and what webhooks say about another
// id of the call is kept for as long as a call can last.

namespace plivo {

/// Plivo's id of the call that was made by this request.
std::string call_of(const comms::Host& host, std::string_view request_id);
void remember_call(const comms::Host& host, std::string_view request_id, std::string_view call_id);

}  // namespace plivo
