/* comms.tts/1 - text to speech. Errors and absent ops as in telephony.h. */
#ifndef COMMS_SLOT_TTS_H
#define COMMS_SLOT_TTS_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_TTS "comms.tts/1"

typedef struct comms_tts_request {
  uint32_t size;
  uint32_t sample_rate; /* Hz; 0 = the provider's own */
  comms_str text, voice, language;
  comms_str format; /* pcm_s16le|mulaw|mp3|wav|opus; empty = the provider's own */
  comms_str model;
} comms_tts_request;

typedef struct comms_tts {
  uint32_t size, reserved;
  /* [op], or [block] when the manifest says so. Fields content_type, sample_rate first; then
   * result.chunk 0..n times; then COMMS_OK. COMMS_UNSUPPORTED = unknown voice or format. */
  comms_status (*synthesize)(void* self, comms_op* op, const comms_tts_request* request);
  /* [op] There is room again. Only for a provider that holds audio of its own after
   * COMMS_BACKPRESSURE; HTTP and WebSocket streams resume by themselves. Returns as a continuation.
   */
  comms_status (*resume)(void* self, comms_op* op);
  /* [op] Fields per voice, voice_id first: voice_id, name, language, gender. */
  comms_status (*list_voices)(void* self, comms_op* op);
} comms_tts;

#ifdef __cplusplus
}
#endif
#endif
