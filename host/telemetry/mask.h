#pragma once

#include <string>
#include <string_view>

namespace commsd::telemetry {

/// Appends `text` to `out` with everything that looks like a phone number, an e-mail address or a
/// credential replaced by "[number]", "[address]" or "[secret]". It errs on the side of masking:
/// ids made by Ids, UUIDs, digests and vendor ids of letters and digits stay readable.
void append_masked(std::string& out, std::string_view text);

/// True for field names that announce content or a credential ("to", "body", "api_key", ...): their
/// values are not shown at all, because a name or a sentence looks like nothing in particular.
bool names_private_content(std::string_view key);

/// True for ids that Ids makes ("msg_01jdc8m3x2k5w9v7q4n6h8t0za"): they may stand anywhere.
bool is_own_id(std::string_view value);

}  // namespace commsd::telemetry
