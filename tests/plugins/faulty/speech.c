/* As email.c, for speech: an op over a WebSocket, and live sessions over one. The invented vendor
 * speaks in binary messages and ends when it has nothing more to say. */
#include <stdlib.h>
#include <string.h>

#include <comms/slot/stt.h>
#include <comms/slot/tts.h>
#include <comms/svc/result.h>
#include <comms/svc/ws.h>

#include "faulty_entry.h"

#define BYTES(literal) ((comms_bytes){(const uint8_t*)(literal), sizeof(literal) - 1})

typedef struct instance {
  const comms_host* host;
  const comms_svc_result* result;
  const comms_svc_ws* ws;
} instance;

static comms_error error_of(comms_status status, comms_str why) {
  return (comms_error){.size = sizeof(comms_error), .status = status, .message = why};
}

static comms_status fail(const instance* self, comms_op* op, comms_status status, comms_str why) {
  comms_error error = error_of(status, why);
  self->result->fail(op, &error);
  return status;
}

static comms_status connect_socket(const instance* self, comms_op* op, comms_session* session,
                                   const comms_ws_events* events, void* user,
                                   void (*release)(void*), comms_ws** out) {
  comms_ws_request request = {.size = sizeof request, .url = STR("wss://api.example.com/speech")};
  return self->ws->connect(self->host, op, session, &request, events, user, release, out);
}

/* ---- synthesize ---- */

typedef struct utterance {
  const instance* self;
  comms_op* op;
  int heard;
} utterance;

static comms_status speaking(void* user, comms_ws* ws) {
  utterance* one = user;
  return one->self->ws->send(ws, 1, BYTES("hello")) == COMMS_OK ? COMMS_PENDING : COMMS_INTERNAL;
}

static comms_status spoken(void* user, comms_ws* ws, int32_t is_text, comms_bytes message) {
  utterance* one = user;
  (void)ws;
#if defined(FAULTY_SPEECH_CRASHES_ON_A_FRAME)
  if (message.len == 0) abort();
#elif defined(FAULTY_SPEECH_QUOTES_A_FRAME)
  if (message.len >= 10 && memcmp(message.ptr, "{\"type\":\"e", 10) == 0) {
    return fail(one->self, one->op, COMMS_REJECTED,
                (comms_str){(const char*)message.ptr, message.len});
  }
#endif
  if (is_text) return COMMS_PENDING;
  one->heard = 1;
  comms_status status = one->self->result->chunk(one->op, message);
  return status == COMMS_CANCELLED ? status : COMMS_PENDING;
}

static comms_status fell_silent(void* user, comms_ws* ws, const comms_ws_close* how) {
  utterance* one = user;
  (void)ws;
  if (one->heard) return COMMS_OK;
#if defined(FAULTY_SPEECH_REFUSED_IS_SILENCE)
  if (how->transport != COMMS_OK) return COMMS_OK;
#elif defined(FAULTY_SPEECH_ENDS_WITHOUT_WORDS)
  if (how->transport == COMMS_OK) return COMMS_UNAVAILABLE;
#endif
  return fail(one->self, one->op, COMMS_UNAVAILABLE,
              how->transport == COMMS_OK ? STR("nothing was spoken") : STR("it was refused"));
}

static comms_status synthesize(void* self_, comms_op* op, const comms_tts_request* request) {
  static const comms_ws_events events = {sizeof events, 0, speaking, spoken, fell_silent};
  const instance* self = self_;
  comms_ws* socket = NULL;
  (void)request;
  utterance* one = calloc(1, sizeof *one);
  if (!one) return fail(self, op, COMMS_INTERNAL, STR("out of memory"));
  *one = (utterance){self, op, 0};
  self->result->field(op, STR("content_type"), STR("audio/basic"));
  self->result->field(op, STR("sample_rate"), STR("8000"));
  comms_status status = connect_socket(self, op, NULL, &events, one, free, &socket);
  return status == COMMS_PENDING ? status : fail(self, op, status, STR("no socket"));
}

/* ---- live sessions ---- */

/* Freed when both the socket was given back and the stream was closed. */
typedef struct session {
  const instance* self;
  comms_ws* socket;
  comms_stt_emit emit;
  int connected, listened_to, ended, finishing, told;
} session;

static void let_go(session* one) {
#if !defined(FAULTY_SESSION_LEAK)
  if (!one->connected && !one->listened_to) free(one);
#else
  (void)one;
#endif
}

static void tell(session* one, int32_t kind, comms_str text, comms_status status) {
  comms_error error = error_of(status, STR("the session broke off"));
  comms_stt_event event = {.size = sizeof event,
                           .kind = kind,
                           .text = text,
                           .confidence = -1,
                           .status = status,
                           .error = status == COMMS_OK ? NULL : &error};
#if !defined(FAULTY_SESSION_TELLS_AFTER_CLOSE)
  if (!one->listened_to || one->ended) return;
#endif
  if (kind == COMMS_STT_ENDED) one->ended = 1;
  one->emit.event(one->emit.ctx, &event);
}

static comms_status listening(void* user, comms_ws* ws) {
  (void)user, (void)ws;
  return COMMS_PENDING;
}

static comms_status heard(void* user, comms_ws* ws, int32_t is_text, comms_bytes message) {
  session* one = user;
  static const char final[] = "{\"type\":\"final\"";
  (void)ws;
#if defined(FAULTY_SESSION_CRASHES_ON_A_FRAME)
  if (message.len == 0) abort();
#endif
  if (is_text && message.len >= sizeof final - 1 &&
      memcmp(message.ptr, final, sizeof final - 1) == 0) {
    tell(one, COMMS_STT_FINAL, STR("hello"), COMMS_OK);
  }
  return COMMS_PENDING;
}

static comms_status over(void* user, comms_ws* ws, const comms_ws_close* how) {
  session* one = user;
  comms_str none = {NULL, 0};
  (void)ws;
#if defined(FAULTY_SESSION_NEVER_ENDS)
  if (how->transport == COMMS_OK) return COMMS_OK;
#elif defined(FAULTY_SESSION_SILENT_WHEN_REFUSED)
  if (how->transport != COMMS_OK) return COMMS_OK;
#endif
  tell(one, COMMS_STT_ENDED, none, how->transport);
  return COMMS_OK;
}

static void given_back(void* user) {
  session* one = user;
  one->connected = 0;
  let_go(one);
}

static comms_status open_session(void* self_, comms_session* owner, const comms_stt_config* config,
                                 const comms_stt_emit* emit, const comms_report* report,
                                 void** out) {
  static const comms_ws_events events = {sizeof events, 0, listening, heard, over};
  const instance* self = self_;
  (void)config;
  session* one = calloc(1, sizeof *one);
#if !defined(FAULTY_SESSION_MALLOC_UNCHECKED)
  if (!one) {
    comms_error error = error_of(COMMS_INTERNAL, STR("out of memory"));
    report->fail(report->ctx, &error);
    return COMMS_INTERNAL;
  }
#endif
  one->self = self;
  one->emit = *emit;
  one->connected = one->listened_to = 1;
  comms_status status = connect_socket(self, NULL, owner, &events, one, given_back, &one->socket);
  if (status == COMMS_PENDING) {
    *out = one;
    return COMMS_OK;
  }
  one->listened_to = 0;
  let_go(one);
  comms_error error = error_of(status, STR("no socket"));
  report->fail(report->ctx, &error);
  return status;
}

static comms_status audio(void* stream, comms_bytes samples) {
  session* one = stream;
#if defined(FAULTY_SESSION_TAKES_AUDIO_AFTER_THE_END)
  if (!one->connected) return COMMS_OK;
#endif
  if (!one->connected || one->ended) return COMMS_UNAVAILABLE;
  comms_status status = one->self->ws->send(one->socket, 0, samples);
#if defined(FAULTY_SESSION_DROPS_AUDIO)
  if (status == COMMS_BACKPRESSURE) return COMMS_OK;
#endif
  return status;
}

static void say_finished(session* one) {
  one->told = one->self->ws->send(one->socket, 1, BYTES("done")) == COMMS_OK;
}

static void tick(void* stream) {
  session* one = stream;
#if !defined(FAULTY_SESSION_USES_A_DEAD_SOCKET)
  if (!one->connected) return;
#endif
  if (one->finishing && !one->told) say_finished(one);
  if (!one->finishing) one->self->ws->send(one->socket, 1, BYTES("here"));
}

static comms_status finish(void* stream) {
  session* one = stream;
  one->finishing = 1;
  if (one->connected) say_finished(one);
  return COMMS_OK;
}

static void close_session(void* stream) {
  session* one = stream;
  if (one->connected) one->self->ws->close(one->socket, 1000, (comms_str){NULL, 0});
  one->listened_to = 0;
  let_go(one);
}

/* ---- the plugin ---- */

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  instance* self = malloc(sizeof *self);
  (void)config;
  if (!self) return report_failure(report, COMMS_INTERNAL, STR("out of memory"));
  self->host = host;
  self->result = host->service(host, COMMS_SVC_RESULT);
  self->ws = host->service(host, COMMS_SVC_WS);
  *out = self;
  return COMMS_OK;
}

static void destroy(void* self) {
  free(self);
}

static const void* slot(void* self, const char* id) {
  static const comms_tts tts = {.size = sizeof tts, .synthesize = synthesize};
  static const comms_stt stt = {.size = sizeof stt,
                                .open = open_session,
                                .audio = audio,
                                .tick = tick,
                                .finish = finish,
                                .close = close_session};
  (void)self;
  if (strcmp(id, COMMS_SLOT_TTS) == 0) return &tts;
  return strcmp(id, COMMS_SLOT_STT) == 0 ? &stt : NULL;
}
