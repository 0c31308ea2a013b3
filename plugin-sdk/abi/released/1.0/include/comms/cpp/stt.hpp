#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/cpp/ws.hpp>
#include <comms/slot/stt.h>

namespace comms {

/// Members as in comms_stt_config.
struct SttConfig {
  std::string_view encoding, language, model, hints;
  std::uint32_t sample_rate, flags, endpointing_ms;

  bool partials() const { return (flags & COMMS_STT_PARTIALS) != 0; }
};
inline SttConfig from_c(Lent, const comms_stt_config* c) {
  return {view(c->encoding), view(c->language), view(c->model),   view(c->hints),
          c->sample_rate,    c->flags,          c->endpointing_ms};
}

/// Members as in comms_stt_event; views may be of anything that outlives the emit.
struct SttEvent {
  std::int32_t kind = 0;
  std::string_view text{}, language{};
  double confidence = -1;
  std::uint32_t start_ms = 0, end_ms = 0;
};

/// Tells the host what was heard. Copyable; not to be used after the stream is closed.
class SttEmitter {
 public:
  explicit SttEmitter(const comms_stt_emit& emit) : emit_(emit) {}

  void event(const SttEvent& e) const {
    comms_stt_event c{sizeof(comms_stt_event),
                      e.kind,
                      str(e.text),
                      str(e.language),
                      e.confidence,
                      e.start_ms,
                      e.end_ms,
                      nullptr,
                      COMMS_OK,
                      0};
    emit_.event(emit_.ctx, &c);
  }
  /// The last event, exactly once. No error = a good end.
  void ended(const Error* error = nullptr) const {
    comms_error detail{};
    if (error) detail = error->c();
    comms_stt_event c{};
    c.size = sizeof c;
    c.kind = COMMS_STT_ENDED;
    c.confidence = -1;
    c.error = error ? &detail : nullptr;
    c.status = error ? error->status : COMMS_OK;
    emit_.event(emit_.ctx, &c);
  }

 private:
  comms_stt_emit emit_;
};

/// One live session.
class SttStream {
 public:
  virtual ~SttStream() = default;
  virtual Status audio(std::string_view samples) = 0;
  virtual void tick() {}
  virtual Status finish() = 0;
};

/// A transcriber. Override, publicly, `open`, `transcribe` or both; contracts in slot/stt.h.
class SttProvider {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_STT;
  template <class D, class A>
  static const void* table();
  virtual ~SttProvider() = default;

  /// Open a socket for the session with SocketOwner::connect(host, nullptr, session, ...).
  virtual std::unique_ptr<SttStream> open(comms_session*, const SttConfig&, SttEmitter) {
    throw not_offered();
  }
  virtual Outcome<Fields> transcribe(const SttConfig&, std::string_view /*recording*/) {
    return not_offered();
  }
};

template <class A>
Status stt_open_thunk(void* self, comms_session* session, const comms_stt_config* config,
                      const comms_stt_emit* emit, const comms_report* report, void** out) noexcept {
  return guard_report(report, [&]() -> Status {
    *out = A::slot(self).open(session, from_c(Lent{}, config), SttEmitter(*emit)).release();
    if (!*out) throw Error(COMMS_INTERNAL, "no stream was made");
    return COMMS_OK;
  });
}

template <class D, class A>
const void* SttProvider::table() {
  constexpr bool live = overridden<&D::open, &SttProvider::open>;
  static const comms_stt table = [] {
    comms_stt t{};
    t.size = sizeof t;
    if constexpr (live) {
      t.open = &stt_open_thunk<A>;
      t.audio = [](void* stream, comms_bytes samples) -> Status {
        return guard_plain(COMMS_INTERNAL,
                           [&] { return static_cast<SttStream*>(stream)->audio(view(samples)); });
      };
      t.tick = [](void* stream) {
        guard_plain(COMMS_INTERNAL, [&]() -> Status {
          static_cast<SttStream*>(stream)->tick();
          return COMMS_OK;
        });
      };
      t.finish = [](void* stream) -> Status {
        return guard_plain(COMMS_INTERNAL,
                           [&] { return static_cast<SttStream*>(stream)->finish(); });
      };
      t.close = [](void* stream) { delete static_cast<SttStream*>(stream); };
    }
    t.transcribe = COMMS_ENTRY_OP(SttProvider, transcribe, const comms_stt_config*, comms_bytes);
    return t;
  }();
  return &table;
}

}  // namespace comms
