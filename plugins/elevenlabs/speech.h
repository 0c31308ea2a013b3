#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/tts.hpp>

namespace elevenlabs {

/// The audio asked for, in ElevenLabs' words and in ours.
struct Audio {
  std::string output_format;      // "ulaw_8000"
  std::string content_type;       // "audio/basic"
  std::uint32_t sample_rate = 0;  // Hz
};

/// Throws comms::Error (COMMS_UNSUPPORTED) for what ElevenLabs does not make.
Audio audio_for(std::string_view format, std::uint32_t sample_rate);

/// ISO 639-1 of a BCP 47 tag, or "" where the model would refuse to be told.
std::string language_code(std::string_view language, std::string_view model);

}  // namespace elevenlabs
