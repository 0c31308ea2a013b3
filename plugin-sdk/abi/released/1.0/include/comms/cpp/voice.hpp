#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/slot/voice.h>

namespace comms {

/// Members as in comms_voice_connect.
struct VoiceConnect {
  std::string_view ws_url, action_url, greeting, language, voice, tts_provider, stt_provider;
  Pairs params;
};
inline VoiceConnect from_c(Lent, const comms_voice_connect* c) {
  return {view(c->ws_url),       view(c->action_url),
          view(c->greeting),     view(c->language),
          view(c->voice),        view(c->tts_provider),
          view(c->stt_provider), Pairs(c->params, c->param_count)};
}

/// Members as in comms_voice_item; in both directions.
struct VoiceItem {
  std::int32_t kind = 0;
  std::string_view call_id{}, from{}, to{}, text{}, language{}, audio{};
  Pairs params{};
  std::uint32_t at_ms = 0, sample_rate = 0, flags = 0;

  bool last() const { return (flags & COMMS_VOICE_LAST) != 0; }
};
inline VoiceItem from_c(Lent, const comms_voice_item* i) {
  VoiceItem item;
  item.kind = i->kind;
  item.call_id = view(i->call_id);
  item.from = view(i->from);
  item.to = view(i->to);
  item.text = view(i->text);
  item.language = view(i->language);
  item.audio = view(i->audio);
  item.params = Pairs(i->params, i->param_count);
  item.at_ms = i->at_ms;
  item.sample_rate = i->sample_rate;
  item.flags = i->flags;
  return item;
}

/// Takes what decode and encode make; both are copied at once.
class VoiceEmitter {
 public:
  explicit VoiceEmitter(const comms_voice_emit* emit) : emit_(emit) {}

  /// `params` of the item are taken from `pairs`, not from item.params.
  void item(const VoiceItem& i, const Fields& pairs = {}) const {
    std::vector<comms_kv> params;
    for (const auto& [key, value] : pairs) params.push_back({str(key), str(value)});
    comms_voice_item c{sizeof(comms_voice_item),
                       i.kind,
                       str(i.call_id),
                       str(i.from),
                       str(i.to),
                       str(i.text),
                       str(i.language),
                       bytes(i.audio),
                       params.data(),
                       params.size(),
                       i.at_ms,
                       i.sample_rate,
                       i.flags,
                       0};
    emit_->item(emit_->ctx, &c);
  }
  void text_frame(std::string_view frame) const { emit_->frame(emit_->ctx, 1, bytes(frame)); }
  void binary_frame(std::string_view frame) const { emit_->frame(emit_->ctx, 0, bytes(frame)); }

 private:
  const comms_voice_emit* emit_;
};

/// One socket's worth of state. Pure: no I/O.
class VoiceCodec {
 public:
  virtual ~VoiceCodec() = default;
  /// Throw Error(COMMS_INVALID) for a malformed frame; ignore kinds you do not care about.
  virtual void decode(bool is_text, std::string_view frame, const VoiceEmitter& emit) = 0;
  /// Throw Error(COMMS_UNSUPPORTED) for what the vendor has no word for.
  virtual void encode(const VoiceItem& item, const VoiceEmitter& emit) = 0;
};

/// A voice vendor. Override all but verify_connect; contracts in slot/voice.h.
class VoiceProvider {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_VOICE;
  template <class D, class A>
  static const void* table();
  virtual ~VoiceProvider() = default;

  virtual std::int32_t mode() = 0;  // COMMS_VOICE_TEXT or COMMS_VOICE_AUDIO
  virtual std::string connect_verb(const VoiceConnect&) = 0;
  virtual bool verify_connect(const HttpIn&) { return false; }
  virtual std::unique_ptr<VoiceCodec> codec() = 0;
};

template <class A>
Status connect_verb_thunk(void* self, const comms_voice_connect* connect,
                          comms_sink* out) noexcept {
  return guard_plain(COMMS_INTERNAL, [&]() -> Status {
    A::host(self).write(out, A::slot(self).connect_verb(from_c(Lent{}, connect)));
    return COMMS_OK;
  });
}

template <class A>
Status verify_connect_thunk(void* self, const comms_http_in* upgrade) noexcept {
  return guard_plain(COMMS_DENIED, [&]() -> Status {
    return A::slot(self).verify_connect(from_c(Lent{}, upgrade)) ? COMMS_OK : COMMS_DENIED;
  });
}

template <class A>
Status codec_new_thunk(void* self, void** out) noexcept {
  return guard_plain(COMMS_INTERNAL, [&]() -> Status {
    *out = A::slot(self).codec().release();
    return *out ? COMMS_OK : COMMS_INTERNAL;
  });
}

inline Status decode_thunk(void* codec, std::int32_t is_text, comms_bytes frame,
                           const comms_voice_emit* emit) noexcept {
  return guard_plain(COMMS_INVALID, [&]() -> Status {
    static_cast<VoiceCodec*>(codec)->decode(is_text != 0, view(frame), VoiceEmitter(emit));
    return COMMS_OK;
  });
}

inline Status encode_thunk(void* codec, const comms_voice_item* item,
                           const comms_voice_emit* emit) noexcept {
  return guard_plain(COMMS_INVALID, [&]() -> Status {
    static_cast<VoiceCodec*>(codec)->encode(from_c(Lent{}, item), VoiceEmitter(emit));
    return COMMS_OK;
  });
}

template <class D, class A>
const void* VoiceProvider::table() {
  static const comms_voice table = {
      sizeof(comms_voice),
      0,
      [](void* self) -> std::int32_t { return A::slot(self).mode(); },
      &connect_verb_thunk<A>,
      COMMS_ENTRY_IF(VoiceProvider, verify_connect, (&verify_connect_thunk<A>)),
      &codec_new_thunk<A>,
      &decode_thunk,
      &encode_thunk,
      [](void* codec) { delete static_cast<VoiceCodec*>(codec); }};
  return &table;
}

}  // namespace comms
