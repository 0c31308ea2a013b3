#pragma once

#include <string>

#include <comms/cpp/http.hpp>

namespace greenapi {

/// What an answer that is no success means. The vendor repeats the path, which holds the token, and
/// the chat, so its words are passed on without either.
comms::Error error_of(const comms::HttpResponse& response);

/// `text` without URLs, paths, addresses, tokens and numbers.
std::string redact(std::string_view text);

/// Why the phone is of no use in this state; `state` other than authorized.
comms::Error state_error(const std::string& state);

}  // namespace greenapi
