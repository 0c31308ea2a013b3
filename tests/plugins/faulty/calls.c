/* As email.c, for what has no op: call instructions and the codec of a voice socket. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <comms/slot/telephony.h>
#include <comms/slot/voice.h>
#include <comms/svc/result.h>

#include "faulty_entry.h"

#define BYTES(literal) ((comms_bytes){(const uint8_t*)(literal), sizeof(literal) - 1})

typedef struct instance {
  const comms_svc_result* result;
} instance;

#if defined(FAULTY_RENDER_MALLOC_UNCHECKED) || defined(FAULTY_CODEC_MALLOC_UNCHECKED)
static void work_without_a_look(void) {
  char* copy = malloc(64);
  *(volatile char*)copy = 1;
  free(copy);
}
#endif

static void escape(const instance* self, comms_sink* out, comms_str text) {
#if defined(FAULTY_RENDER_UNESCAPED)
  self->result->sink_write(out, (comms_bytes){(const uint8_t*)text.ptr, text.len});
#else
  for (size_t i = 0; i < text.len; ++i) {
    const char c = text.ptr[i];
    if (c == '<') {
      self->result->sink_write(out, BYTES("&lt;"));
    } else if (c == '&') {
      self->result->sink_write(out, BYTES("&amp;"));
    } else {
      self->result->sink_write(out, (comms_bytes){(const uint8_t*)text.ptr + i, 1});
    }
  }
#endif
}

static comms_status render(void* self_, const comms_verb* verbs, size_t count, comms_sink* body,
                           comms_sink* type) {
  const instance* self = self_;
#if defined(FAULTY_RENDER_MALLOC_UNCHECKED)
  work_without_a_look();
#elif defined(FAULTY_RENDER_COUNTS_IN_A_GLOBAL)
  static int depth;
  const int mine = *(volatile int*)&depth + 1;
  *(volatile int*)&depth = mine;
  sched_yield();
  if (*(volatile int*)&depth != mine) self->result->sink_write(body, BYTES("<!-- nested -->"));
  *(volatile int*)&depth = mine - 1;
#endif
  self->result->sink_write(body, BYTES("<Response>"));
  for (const comms_verb* verb = verbs; count-- > 0; verb = COMMS_NEXT(comms_verb, verb)) {
#if !defined(FAULTY_RENDER_ANY_VERB)
    if (verb->kind < COMMS_VERB_SAY || verb->kind > COMMS_VERB_NATIVE) return COMMS_UNSUPPORTED;
#endif
    self->result->sink_write(body, BYTES("<Verb>"));
    escape(self, body, verb->text);
    escape(self, body, verb->url);
    self->result->sink_write(body, BYTES("</Verb>"));
  }
  self->result->sink_write(body, BYTES("</Response>"));
#if !defined(FAULTY_RENDER_WITHOUT_TYPE)
  self->result->sink_write(type, BYTES("application/xml"));
#else
  (void)type;
#endif
  return COMMS_OK;
}

static int32_t mode(void* self) {
  (void)self;
  return COMMS_VOICE_AUDIO;
}

static comms_status connect_verb(void* self_, const comms_voice_connect* connect, comms_sink* out) {
  const instance* self = self_;
  self->result->sink_write(out, BYTES("<Stream url=\""));
#if defined(FAULTY_CONNECT_UNESCAPED)
  comms_str url = connect->ws_url;
  self->result->sink_write(out, (comms_bytes){(const uint8_t*)url.ptr, url.len});
#else
  escape(self, out, connect->ws_url);
#endif
  self->result->sink_write(out, BYTES("\"/>"));
  return COMMS_OK;
}

/* The token in the address is the host's own: nothing more is known of who connects. */
static comms_status verify_connect(void* self, const comms_http_in* upgrade) {
  (void)self, (void)upgrade;
#if defined(FAULTY_UPGRADE_ACCEPTED)
  return COMMS_OK;
#else
  return COMMS_DENIED;
#endif
}

static comms_status codec_new(void* self, void** out) {
  (void)self;
  *out = malloc(16);
  return *out ? COMMS_OK : COMMS_INTERNAL;
}

static void codec_free(void* codec) {
#if !defined(FAULTY_CODEC_LEAK)
  free(codec);
#else
  (void)codec;
#endif
}

/* Binary frames are audio, both ways; text is refused. */
static comms_status decode(void* codec, int32_t is_text, comms_bytes frame,
                           const comms_voice_emit* emit) {
  (void)codec;
#if defined(FAULTY_CODEC_MALLOC_UNCHECKED)
  work_without_a_look();
#endif
  if (is_text) return COMMS_INVALID;
#if defined(FAULTY_CODEC_CRASHES)
  if (frame.len == 0) abort();
#endif
  comms_voice_item item = {.size = sizeof item, .kind = COMMS_VOICE_AUDIO_DATA, .audio = frame};
#if defined(FAULTY_CODEC_CUTS)
  if (item.audio.len > 0) --item.audio.len;
#endif
  emit->item(emit->ctx, &item);
  return COMMS_OK;
}

static comms_status encode(void* codec, const comms_voice_item* item,
                           const comms_voice_emit* emit) {
  (void)codec;
  if (item->kind != COMMS_VOICE_AUDIO_DATA) return COMMS_UNSUPPORTED;
  emit->frame(emit->ctx, 0, item->audio);
  return COMMS_OK;
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  instance* self = malloc(sizeof *self);
  (void)config;
  if (!self) return report_failure(report, COMMS_INTERNAL, STR("out of memory"));
  self->result = host->service(host, COMMS_SVC_RESULT);
  *out = self;
  return COMMS_OK;
}

static void destroy(void* self) {
  free(self);
}

static const void* slot(void* self, const char* id) {
#if defined(FAULTY_LOSES_CALLEE_URL)
  enum { features = COMMS_TELEPHONY_ASKS_CALLEE_URL };
#else
  enum { features = 0 };
#endif
  static const comms_telephony telephony = {
      .size = sizeof telephony, .render = render, .features = features};
  static const comms_voice voice = {.size = sizeof voice,
                                    .mode = mode,
                                    .connect_verb = connect_verb,
                                    .verify_connect = verify_connect,
                                    .codec_new = codec_new,
                                    .decode = decode,
                                    .encode = encode,
                                    .codec_free = codec_free};
  (void)self;
  if (strcmp(id, COMMS_SLOT_TELEPHONY) == 0) return &telephony;
  return strcmp(id, COMMS_SLOT_VOICE) == 0 ? &voice : NULL;
}
