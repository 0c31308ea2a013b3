#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/slot/tts.h>

namespace comms {

/// Members as in comms_tts_request.
struct TtsRequest {
  std::string_view text, voice, language, format, model;
  std::uint32_t sample_rate;
};
inline TtsRequest from_c(Lent, const comms_tts_request* r) {
  return {view(r->text),   view(r->voice), view(r->language),
          view(r->format), view(r->model), r->sample_rate};
}

/// A voice. Over HTTP: return request.download(type, rate). Over a WebSocket: see ws.hpp. With
/// class "block" in the manifest: return the whole Blob. Contracts in slot/tts.h.
class TtsProvider {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_TTS;
  template <class D, class A>
  static const void* table();
  virtual ~TtsProvider() = default;

  virtual Outcome<Blob> synthesize(const TtsRequest&) { return not_offered(); }
  virtual Outcome<Fields> list_voices() { return not_offered(); }
};

template <class D, class A>
const void* TtsProvider::table() {
  // resume stays NULL: what this layer holds back is held by the host's own sockets
  static const comms_tts table = {sizeof(comms_tts), 0,
                                  COMMS_ENTRY_OP(TtsProvider, synthesize, const comms_tts_request*),
                                  nullptr, COMMS_ENTRY_OP_ALONE(TtsProvider, list_voices)};
  return &table;
}

}  // namespace comms
