#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/voice.hpp>

#include "account.h"

namespace twilio {

/// ConversationRelay: Twilio hears and speaks, the socket carries text; contracts in
/// comms/slot/voice.h.
class Relay final : public comms::VoiceProvider {
 public:
  explicit Relay(Account& account) : account_(account) {}

  std::int32_t mode() override { return COMMS_VOICE_TEXT; }
  /// <Connect><ConversationRelay>, for a TwiML document. Throws COMMS_INVALID without a ws URL.
  std::string connect_verb(const comms::VoiceConnect& connect) override;
  bool verify_connect(const comms::HttpIn& upgrade) override;
  std::unique_ptr<comms::VoiceCodec> codec() override;

 private:
  Account& account_;
};

}  // namespace twilio
