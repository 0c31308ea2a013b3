#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "plugin/provider_types.h"

namespace commsd::plugin {

/// text: the vendor does speech itself. audio: the socket carries audio, to which the host adds
/// speech to text and text to speech.
enum class VoiceMode { text = 1, audio };

struct VoiceConnect {
  std::string ws_url;      // public wss:// URL
  std::string action_url;  // asked for instructions when the socket ends; may be empty
  std::string greeting;
  std::string language;      // BCP 47
  std::string voice;         // this and the next two in the vendor's names; "" = its own choice
  std::string tts_provider;  //
  std::string stt_provider;  //
  KeyValues params;          // come back in VoiceItemKind::start
};

/// in = from the vendor, out = to the vendor.
enum class VoiceItemKind {
  start = 1,  // in: call_id, from, to, params, text = audio encoding, sample_rate
  speech,     // in: text heard (last); out: text to say (last)
  audio,      // both: in the encoding of start
  digits,     // both: in text
  mark,       // both: name in text; comes back when what was queued before is heard
  clear,      // out: drop what is queued
  interrupt,  // in: the caller spoke over us; text = heard until then, at_ms
  play,       // out: URL in text
  language,   // out: BCP 47 in text
  stop,       // in: the socket is done; out: end it, text = hand-off data
  error,      // in: the vendor complains, text = what about
};

struct VoiceItem {
  VoiceItemKind kind = VoiceItemKind::stop;
  std::string call_id;
  std::string from;
  std::string to;
  std::string text;
  std::string language;
  std::string audio;
  KeyValues params;
  std::uint32_t at_ms = 0;        // since start
  std::uint32_t sample_rate = 0;  // Hz
  bool last = false;
  bool interruptible = false;
};

/// One WebSocket message.
struct VoiceFrame {
  bool is_text = true;
  std::string bytes;
};

struct Decoded {
  std::vector<VoiceItem> items;
  std::vector<VoiceFrame> frames;  // to send back at once
};

/// Translates the messages of one socket; pure and quick. One thread at a time; holds its provider.
class VoiceCodec {
 public:
  virtual ~VoiceCodec() = default;

  /// Kinds nobody cares about give nothing. invalid_argument: malformed, close the socket.
  virtual Result<Decoded> decode(const VoiceFrame& frame) = 0;
  /// unsupported: this vendor has no such thing.
  virtual Result<std::vector<VoiceFrame>> encode(const VoiceItem& item) = 0;
};

/// The media socket a voice vendor opens to us. Everything is pure and quick, on the calling
/// thread. [any thread]
class VoiceProvider {
 public:
  virtual ~VoiceProvider() = default;

  virtual const std::string& name() const = 0;
  /// As MessageProvider::is_sandbox.
  virtual bool is_sandbox() const = 0;
  virtual VoiceMode mode() = 0;
  /// What makes the vendor connect, for a CallVerb of kind native.
  virtual Result<std::string> connect_verb(const VoiceConnect& connect) = 0;
  /// permission_denied: the upgrade is not from the vendor. unsupported: it cannot tell, so that a
  /// one-time token in VoiceConnect::ws_url is all there is to go by.
  virtual Result<void> verify_connect(const WebhookRequest& upgrade) = 0;
  virtual Result<std::unique_ptr<VoiceCodec>> make_codec() = 0;
};

}  // namespace commsd::plugin
