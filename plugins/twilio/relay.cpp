#include "relay.h"

#include <comms/cpp/xml_element.hpp>

#include "relay_codec.h"
#include "signature.h"

namespace twilio {

namespace {

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

std::string Relay::connect_verb(const comms::VoiceConnect& connect) {
  if (!starts_with(connect.ws_url, "wss://") && !starts_with(connect.ws_url, "ws://")) {
    throw comms::Error(COMMS_INVALID, "ConversationRelay needs a wss:// URL");
  }
  comms::XmlElement relay("ConversationRelay");
  relay.attribute("url", connect.ws_url)
      .attribute("welcomeGreeting", connect.greeting)
      .attribute("language", connect.language)
      .attribute("ttsProvider", connect.tts_provider)
      .attribute("voice", connect.voice)
      .attribute("transcriptionProvider", connect.stt_provider)
      .attribute("dtmfDetection", "true");  // off unless asked for
  for (const comms::Pair parameter : connect.params) {
    comms::XmlElement element("Parameter");
    element.attribute("name", parameter.key).attribute("value", parameter.value);
    relay.child(element);
  }
  return comms::XmlElement("Connect").action(connect.action_url).child(relay).str();
}

bool Relay::verify_connect(const comms::HttpIn& upgrade) {
  return is_authentic(account_.host(), account_.auth_token(), upgrade);
}

std::unique_ptr<comms::VoiceCodec> Relay::codec() {
  return std::make_unique<RelayCodec>(account_.host());
}

}  // namespace twilio
