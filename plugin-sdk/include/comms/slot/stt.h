/* comms.stt/1 - speech to text, as a live session or in one piece. Absent members are NULL. */
#ifndef COMMS_SLOT_STT_H
#define COMMS_SLOT_STT_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_STT "comms.stt/1"

enum { COMMS_STT_PARTIALS = 1u }; /* flags: interim results are wanted */

typedef struct comms_stt_config {
  uint32_t size;
  uint32_t sample_rate; /* Hz */
  comms_str encoding;   /* pcm_s16le|mulaw for sessions; a media type for transcribe */
  comms_str language, model;
  comms_str hints; /* words to expect, comma-separated */
  uint32_t flags;
  uint32_t endpointing_ms; /* silence that ends an utterance; 0 = the provider's own */
} comms_stt_config;

/* Kinds of comms_stt_event. */
enum {
  COMMS_STT_PARTIAL = 1,
  COMMS_STT_FINAL = 2, /* will not change; the utterance may go on */
  COMMS_STT_SPEECH_START = 3,
  COMMS_STT_UTTERANCE_END = 4,
  COMMS_STT_ENDED = 5 /* last event, exactly once: status says how */
};

typedef struct comms_stt_event {
  uint32_t size;
  int32_t kind;
  comms_str text, language;
  double confidence;         /* 0..1; negative = unknown */
  uint32_t start_ms, end_ms; /* within the session's audio */
  const comms_error* error;  /* detail of a bad end, else NULL */
  comms_status status;       /* of COMMS_STT_ENDED */
  uint32_t reserved;
} comms_stt_event;

/* Receives the events of a session. `event` copies and is [session]; never after close returned. */
typedef struct comms_stt_emit {
  void* ctx;
  void (*event)(void* ctx, const comms_stt_event* event);
} comms_stt_emit;

typedef struct comms_stt {
  uint32_t size, reserved;
  /* [session] Begins; typically opens a comms.ws/1 socket for `session`. `emit` is borrowed, its
   * members stay valid until close returns: copy them. COMMS_OK with *out_stream set, else no event
   * follows; detail through `report`. */
  comms_status (*open)(void* self, comms_session* session, const comms_stt_config* config,
                       const comms_stt_emit* emit, const comms_report* report, void** out_stream);
  /* [session] COMMS_OK; COMMS_BACKPRESSURE = not taken, offer it again after a tick;
   * COMMS_UNAVAILABLE = the session is over. */
  comms_status (*audio)(void* stream, comms_bytes samples);
  /* [session] Called about once a second: keep-alive frames (Deepgram closes after 10 s of
   * silence), retries after backpressure. May be NULL. */
  void (*tick)(void* stream);
  /* [session] No more audio; final results and COMMS_STT_ENDED still follow. COMMS_OK, also where
   * the vendor cannot be told for want of room: then a tick does. Else the session is over. */
  comms_status (*finish)(void* stream);
  /* [session] Frees the stream. No event afterwards. */
  void (*close)(void* stream);
  /* [op], or [block] when the manifest says so. A whole recording (media type in config->encoding).
   * Fields: text, language, confidence, duration_ms. */
  comms_status (*transcribe)(void* self, comms_op* op, const comms_stt_config* config,
                             comms_bytes recording);
} comms_stt;

#ifdef __cplusplus
}
#endif
#endif
