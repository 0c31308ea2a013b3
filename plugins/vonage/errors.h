#pragma once

#include <comms/cpp/http.hpp>

namespace vonage {

/// What an answer means: the class of comms.h, Vonage's code ("1120", "420", "low-balance"), its
/// title, and what to do about it where that is known. Not its `detail`, which may repeat a number.
comms::Error error_of(const comms::HttpResponse& answer);

/// The same for a request that creates something: there a 404 speaks of the account or of the
/// address, not of what was asked for.
comms::Error error_of_create(const comms::HttpResponse& answer);

/// The code at the end of a problem type (RFC 7807): "https://.../api-errors/messages#1120" ->
/// 1120.
std::string code_of(std::string_view problem_type);

/// What to do about a code; empty when there is nothing better than the message.
std::string_view remedy_of(std::string_view code);

}  // namespace vonage
