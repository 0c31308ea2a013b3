#include "speech.h"

#include <algorithm>
#include <array>

namespace elevenlabs {

namespace {

comms::Error unsupported(std::string_view format, const char* rates) {
  return comms::Error(COMMS_UNSUPPORTED, "ElevenLabs speaks " + std::string(format) + " at " +
                                             rates + " samples a second only");
}

}  // namespace

/// The names are those of the `output_format` parameter in ElevenLabs' OpenAPI document. 44.1 kHz
/// PCM and 192 kbit/s MP3 need larger plans, so they are used only when asked for, or not at all.
Audio audio_for(std::string_view format, std::uint32_t sample_rate) {
  if (format.empty() || format == "mp3") {
    if (sample_rate == 22050) return {"mp3_22050_32", "audio/mpeg", sample_rate};
    if (sample_rate != 0 && sample_rate != 44100) throw unsupported("mp3", "22050 and 44100");
    return {"mp3_44100_128", "audio/mpeg", 44100};
  }
  if (format == "pcm_s16le") {
    constexpr std::array<std::uint32_t, 6> rates = {8000, 16000, 22050, 24000, 44100, 48000};
    const std::uint32_t rate = sample_rate ? sample_rate : 16000;
    if (std::find(rates.begin(), rates.end(), rate) == rates.end()) {
      throw unsupported(format, "8000, 16000, 22050, 24000, 44100 and 48000");
    }
    return {"pcm_" + std::to_string(rate), "audio/pcm", rate};
  }
  if (format == "mulaw") {
    if (sample_rate != 0 && sample_rate != 8000) throw unsupported(format, "8000");
    return {"ulaw_8000", "audio/basic", 8000};
  }
  if (format == "opus") {
    if (sample_rate != 0 && sample_rate != 48000) throw unsupported(format, "48000");
    return {"opus_48000_64", "audio/opus", 48000};
  }
  throw comms::Error(COMMS_UNSUPPORTED, "ElevenLabs speaks mp3, pcm_s16le, mulaw and opus only");
}

std::string language_code(std::string_view language, std::string_view model) {
  // "Currently only Turbo v2.5 and Flash v2.5 support language enforcement. For other models, an
  // error will be returned" (language_code in the OpenAPI document).
  const bool may_be_told = model.find("_v2_5") != std::string_view::npos;
  std::string code(language.substr(0, language.find('-')));
  return may_be_told && code.size() == 2 ? code : std::string();
}

}  // namespace elevenlabs
