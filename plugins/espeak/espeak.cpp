#include "espeak.h"

#include <algorithm>

#include "speaking.h"

namespace espeak {

namespace {

Output output_for(const comms::TtsRequest& request) {
  Output output;
  if (request.format == "mulaw") {
    output.format = Format::mulaw;
  } else if (request.format == "wav") {
    output.format = Format::wav;
  } else if (!request.format.empty() && request.format != "pcm_s16le") {
    throw comms::Error(COMMS_UNSUPPORTED, "eSpeak NG speaks pcm_s16le, mulaw and wav only");
  }
  output.sample_rate = request.sample_rate;
  if (output.sample_rate == 0) output.sample_rate = output.format == Format::mulaw ? 8000 : 22050;
  if (output.sample_rate != 8000 && output.sample_rate != 16000 && output.sample_rate != 22050) {
    throw comms::Error(COMMS_UNSUPPORTED,
                       "eSpeak NG speaks at 8000, 16000 and 22050 samples a second only");
  }
  return output;
}

}  // namespace

Espeak::Espeak(const comms::Host&, const comms::Config& config)
    : engine_(Engine::get()),
      words_per_minute_(static_cast<int>(config.integer("words_per_minute", 165))),
      pitch_(static_cast<int>(config.integer("pitch", 50))) {
  const std::string wanted = config.text("voice", "en-us");
  const auto voice = engine_.voices().named(wanted);
  if (!voice) throw comms::Error(COMMS_INVALID, "voice: eSpeak NG has no voice '" + wanted + "'");
  voice_ = *voice;
}

comms::Outcome<comms::Blob> Espeak::synthesize(const comms::TtsRequest& request) {
  Utterance utterance{voice_for(request), std::string(request.text), words_per_minute_, pitch_};
  // The library ends at a NUL.
  std::replace(utterance.text.begin(), utterance.text.end(), '\0', ' ');
  if (utterance.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return comms::Error(COMMS_INVALID, "there is no text to speak");
  }
  return comms::Outcome<comms::Blob>(
      std::make_unique<Speaking>(engine_, std::move(utterance), output_for(request)));
}

/// A voice goes before a language: whoever names one knows what it speaks.
std::string Espeak::voice_for(const comms::TtsRequest& request) const {
  const Voices& voices = engine_.voices();
  if (!request.voice.empty()) {
    if (auto voice = voices.named(request.voice)) return *voice;
    throw comms::Error(COMMS_UNSUPPORTED,
                       "eSpeak NG has no voice '" + std::string(request.voice.substr(0, 80)) + "'",
                       {}, "take one of its list of voices, or a language such as en-us");
  }
  if (request.language.empty()) return voice_;
  if (auto voice = voices.speaking(request.language)) return *voice;
  throw comms::Error(
      COMMS_UNSUPPORTED,
      "eSpeak NG does not speak '" + std::string(request.language.substr(0, 80)) + "'", {},
      "take a language of its list of voices");
}

comms::Outcome<comms::Fields> Espeak::list_voices() {
  comms::Fields fields;
  for (const Voice& voice : engine_.voices().all()) {
    fields.emplace_back("voice_id", voice.id);
    fields.emplace_back("name", voice.name);
    if (!voice.languages.empty()) fields.emplace_back("language", voice.languages.front().second);
    if (!voice.gender.empty()) fields.emplace_back("gender", voice.gender);
  }
  return fields;
}

}  // namespace espeak
