#include <cmath>
#include <utility>

#include "ogg.h"
#include "providers.h"

namespace sandbox {

namespace {

/// How long the text takes.
std::size_t length_ms(std::size_t characters) {
  return std::min<std::size_t>(characters * 60 + 200, 20'000);
}

/// A soft tone whose length follows the text: something to hear, and to measure.
std::string tone(std::uint32_t rate, std::size_t characters) {
  constexpr double pitch = 440, loudness = 8000, pi = 3.14159265358979323846;
  const std::size_t milliseconds = length_ms(characters);
  const std::size_t samples = rate * milliseconds / 1000;
  std::string pcm;
  pcm.reserve(samples * 2);
  for (std::size_t i = 0; i < samples; ++i) {
    const double value = loudness * std::sin(2 * pi * pitch * static_cast<double>(i) / rate);
    const auto sample = static_cast<std::int16_t>(value);
    pcm += static_cast<char>(sample & 0xff);
    pcm += static_cast<char>(sample >> 8 & 0xff);
  }
  return pcm;
}

/// Hears one utterance: how long it was.
class Stream final : public comms::SttStream {
 public:
  Stream(const comms::SttConfig& config, comms::SttEmitter emit)
      : rate_(config.sample_rate ? config.sample_rate : 8000), emit_(emit) {}

  comms::Status audio(std::string_view samples) override {
    if (ended_) return COMMS_UNAVAILABLE;
    bytes_ += samples.size();
    return COMMS_OK;
  }
  comms::Status finish() override {
    if (std::exchange(ended_, true)) return COMMS_OK;
    const std::string heard = std::to_string(bytes_ * 1000 / rate_) + " milliseconds of audio";
    comms::SttEvent event;
    event.kind = COMMS_STT_FINAL;
    event.text = heard;
    event.confidence = 1;
    emit_.event(event);
    emit_.ended();
    return COMMS_OK;
  }

 private:
  std::uint32_t rate_;
  comms::SttEmitter emit_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
};

}  // namespace

comms::Outcome<comms::Blob> Tts::synthesize(const comms::TtsRequest& request) {
  if (request.text.empty()) return comms::Error(COMMS_INVALID, "there is no text to speak");
  if (request.format == "opus") {
    const auto milliseconds = static_cast<std::uint32_t>(length_ms(request.text.size()));
    return comms::Blob{"audio/ogg; codecs=opus", silent_opus(milliseconds), 48'000};
  }
  if (!request.format.empty() && request.format != "pcm_s16le") {
    return comms::Error(COMMS_UNSUPPORTED, "the sandbox speaks pcm_s16le and opus only");
  }
  const std::uint32_t rate = request.sample_rate ? request.sample_rate : 8000;
  return comms::Blob{"audio/pcm", tone(rate, request.text.size()), rate};
}

comms::Outcome<comms::Fields> Tts::list_voices() {
  return comms::Fields{{"voice_id", "tone"}, {"language", "en-US"}};
}

std::unique_ptr<comms::SttStream> Stt::open(comms_session*, const comms::SttConfig& config,
                                            comms::SttEmitter emit) {
  return std::make_unique<Stream>(config, emit);
}

comms::Outcome<comms::Fields> Stt::transcribe(const comms::SttConfig&, std::string_view recording) {
  return comms::Fields{{"text", std::to_string(recording.size()) + " bytes of audio"}};
}

}  // namespace sandbox
