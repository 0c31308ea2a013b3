#pragma once

#include <cstdint>
#include <string>

namespace sandbox {

/// Ogg with one Opus stream (RFC 7845) of silence, at least that long: what a voice note is,
/// without an encoder.
std::string silent_opus(std::uint32_t milliseconds);

}  // namespace sandbox
