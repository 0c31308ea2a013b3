#pragma once

#include <memory>
#include <string>

#include <comms/cpp/tts.hpp>

namespace elevenlabs {

/// Speech over ElevenLabs' API (https://elevenlabs.io/docs/api-reference; names and formats from
/// its OpenAPI document). Every request for speech costs credits and none has an idempotency key,
/// so a lost answer is not asked for again.
class ElevenLabs final : public comms::TtsProvider {
 public:
  ElevenLabs(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Blob> synthesize(const comms::TtsRequest& request) override;
  comms::Outcome<comms::Fields> list_voices() override;

 private:
  comms::Request ask(std::string method, const std::string& path) const;
  comms::Outcome<comms::Fields> voices_from(const std::string& page,
                                            std::shared_ptr<comms::Fields> found,
                                            int pages_left) const;

  std::string key_, voice_, model_, base_;
  comms::JsonObject voice_settings_;  // empty: the voice's own
  bool zero_retention_;
};

}  // namespace elevenlabs
