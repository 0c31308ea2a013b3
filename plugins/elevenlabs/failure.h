#pragma once

#include <comms/cpp/http.hpp>

namespace elevenlabs {

/// What an answer that is no success means, with ElevenLabs' own word for it and a remedy for the
/// failures that people meet.
comms::Error failure(const comms::HttpResponse& response);

}  // namespace elevenlabs
