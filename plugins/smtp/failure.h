#pragma once

#include <comms/cpp/types.hpp>

#include "session.h"

namespace smtp {

/// What an exchange that went wrong means. Before the end of the message nothing was taken; after
/// it, without a reply, nobody knows.
comms::Error failure(const Progress& progress);

/// "5.1.1" of "5.1.1 No such user" (RFC 3463), else "".
std::string_view enhanced_code(std::string_view text);

}  // namespace smtp
