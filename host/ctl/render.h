#pragma once

#include <ostream>
#include <string_view>

#include "base/json.h"

namespace commsd::ctl {

/// Shows a command's result to a person: lists as tables, the rest as lines. `remote` is the
/// server's command. A form this version does not know is shown as JSON rather than hidden.
void render(std::ostream& out, std::string_view remote, const JsonValue& result);

/// "2026-11-22 21:05:00 UTC"; empty for 0.
std::string time_text(std::int64_t unix_millis);

}  // namespace commsd::ctl
