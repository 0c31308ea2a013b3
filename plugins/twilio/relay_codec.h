#pragma once

#include <comms/cpp/host.hpp>
#include <comms/cpp/voice.hpp>

namespace twilio {

/// The JSON frames of ConversationRelay
/// (https://www.twilio.com/docs/voice/conversationrelay/websocket-messages). In: setup, prompt,
/// dtmf, interrupt, error. Out: text, play, sendDigits, language, end. One a socket.
class RelayCodec final : public comms::VoiceCodec {
 public:
  explicit RelayCodec(const comms::Host& host) : host_(host) {}

  void decode(bool is_text, std::string_view frame, const comms::VoiceEmitter& emit) override;
  void encode(const comms::VoiceItem& item, const comms::VoiceEmitter& emit) override;

 private:
  comms::Host host_;
};

}  // namespace twilio
