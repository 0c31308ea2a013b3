#include <comms/slot/stt.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: recordings over HTTPS; live audio as binary
 * messages of a WebSocket, JSON text messages back. */
typedef struct instance {
  account* account;
  char* stream_url;
} instance;

/* ---- a live session ---- */

/* What the stream and its socket share: either may end first, and the last one frees it. */
typedef struct session {
  const comms_services* services;
  comms_ws* socket;
  comms_stt_emit emit;
  int listened_to; /* the host has not closed the stream */
  int connected;   /* the socket may be used */
  int ended;
  int finishing, told; /* finish was called, and the vendor knows */
} session;

static void let_go(session* one) {
  if (!one->listened_to && !one->connected) free(one);
}

/* The last event, exactly once. */
static void end(session* one, comms_status status, int32_t code) {
  char words[64];
  snprintf(words, sizeof words, "the vendor ended the live session, code %d", (int)code);
  comms_error error = comms_error_of(status, comms_text(words), comms_text(NULL));
  comms_stt_event event = {.size = sizeof event, .kind = COMMS_STT_ENDED, .confidence = -1};
  event.status = status;
  event.error = status == COMMS_OK ? NULL : &error;
  if (one->listened_to && !one->ended) one->emit.event(one->emit.ctx, &event);
  one->ended = 1;
}

static comms_status opened(void* user, comms_ws* ws) {
  (void)user, (void)ws;
  return COMMS_PENDING;
}

static int32_t kind_of(comms_str type) {
  if (comms_same(type, COMMS_LIT("partial"))) return COMMS_STT_PARTIAL;
  if (comms_same(type, COMMS_LIT("final"))) return COMMS_STT_FINAL;
  if (comms_same(type, COMMS_LIT("speech_start"))) return COMMS_STT_SPEECH_START;
  return comms_same(type, COMMS_LIT("utterance_end")) ? COMMS_STT_UTTERANCE_END : 0;
}

static comms_status frame(void* user, comms_ws* ws, int32_t is_text, comms_bytes message) {
  session* one = user;
  const comms_svc_json* json = one->services->json;
  comms_json* document = NULL;
  (void)ws;
  if (!is_text || !one->listened_to || one->ended) return COMMS_PENDING;
  if (json->parse(one->services->host, message, &document) != COMMS_OK) return COMMS_PENDING;
  comms_json_node root = json->root(document);
  comms_stt_event event = {.size = sizeof event, .confidence = -1};
  comms_str type = {NULL, 0};
  int64_t start = 0, stop = 0;
  json->string(document, json->member(document, root, COMMS_LIT("type")), &type);
  json->string(document, json->member(document, root, COMMS_LIT("text")), &event.text);
  json->number(document, json->member(document, root, COMMS_LIT("confidence")), &event.confidence);
  json->integer(document, json->member(document, root, COMMS_LIT("start_ms")), &start);
  json->integer(document, json->member(document, root, COMMS_LIT("end_ms")), &stop);
  event.kind = kind_of(type);
  event.start_ms = (uint32_t)start;
  event.end_ms = (uint32_t)stop;
  if (event.kind) one->emit.event(one->emit.ctx, &event);
  json->close(document);
  return COMMS_PENDING;
}

static comms_status closed(void* user, comms_ws* ws, const comms_ws_close* how) {
  comms_status status = how->transport;
  (void)ws;
  if (status == COMMS_OK && how->code != 1000) status = COMMS_UNAVAILABLE;
  end(user, status, (int32_t)how->code);
  return COMMS_OK;
}

static void given_back(void* user) {
  session* one = user;
  one->connected = 0;
  let_go(one);
}

static comms_buffer address(const instance* self, const comms_stt_config* config) {
  comms_buffer url = comms_empty();
  comms_add_text(&url, self->stream_url);
  comms_add_text(&url, "/v1/listen?encoding=");
  comms_add_percent(&url, config->encoding, "");
  comms_add_text(&url, "&rate=");
  comms_add_integer(&url, config->sample_rate);
  if (config->language.len) comms_add_text(&url, "&language=");
  comms_add_percent(&url, config->language, "");
  if (config->model.len) comms_add_text(&url, "&model=");
  comms_add_percent(&url, config->model, "");
  comms_add_text(&url, config->flags & COMMS_STT_PARTIALS ? "&partials=1" : "&partials=0");
  return url;
}

static comms_status open_session(void* self_, comms_session* owner, const comms_stt_config* config,
                                 const comms_stt_emit* emit, const comms_report* report,
                                 void** out) {
  static const comms_ws_events events = {sizeof events, 0, opened, frame, closed};
  instance* self = self_;
  const comms_services* services = &self->account->services;
  if (!services->ws) return comms_report_fail(report, COMMS_INTERNAL, "the host lacks a service");
  session* one = calloc(1, sizeof *one);
  comms_buffer url = address(self, config);
  if (!one || url.failed) {
    free(one);
    comms_free(&url);
    return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
  }
  one->services = services;
  one->emit = *emit;
  one->listened_to = one->connected = 1;
  comms_kv header = {COMMS_LIT("Authorization"), comms_text(self->account->bearer)};
  comms_ws_request upgrade = {
      .size = sizeof upgrade, .url = comms_view(&url), .headers = &header, .header_count = 1};
  comms_status status = services->ws->connect(services->host, NULL, owner, &upgrade, &events, one,
                                              given_back, &one->socket);
  comms_free(&url);
  if (status == COMMS_PENDING) {
    *out = one;
    return COMMS_OK;
  }
  one->listened_to = 0; /* given back it was already */
  let_go(one);
  return comms_report_fail(report, status, "the host did not open the socket");
}

static comms_status audio(void* stream, comms_bytes samples) {
  session* one = stream;
  if (!one->connected || one->ended) return COMMS_UNAVAILABLE;
  return one->services->ws->send(one->socket, 0, samples);
}

/* The vendor answers, then closes. What finds no room waits for the next tick. */
static void say_finished(session* one) {
  comms_bytes words = comms_as_bytes(COMMS_LIT("{\"type\":\"finish\"}"));
  if (!one->told) one->told = one->services->ws->send(one->socket, 1, words) == COMMS_OK;
}

static void tick(void* stream) {
  session* one = stream;
  comms_bytes words = comms_as_bytes(COMMS_LIT("{\"type\":\"keep_alive\"}"));
  if (!one->connected || one->ended) return;
  if (one->finishing) {
    say_finished(one);
  } else {
    one->services->ws->send(one->socket, 1, words);
  }
}

static comms_status finish(void* stream) {
  session* one = stream;
  one->finishing = 1;
  if (one->connected && !one->ended) say_finished(one);
  return COMMS_OK;
}

static void close_session(void* stream) {
  session* one = stream;
  if (one->connected) one->services->ws->close(one->socket, 1000, comms_text(NULL));
  one->listened_to = 0;
  let_go(one);
}

/* ---- a recording ---- */

static comms_status transcribed(void* user, comms_op* op, const comms_http_response* r) {
  static const char* const names[] = {"text", "language"};
  account* self = user;
  const comms_services* s = &self->services;
  comms_json* document = NULL;
  if (!comms_http_ok(r) || s->json->parse(s->host, r->body, &document) != COMMS_OK) {
    return comms_http_fail(s, op, r, 1, "/code", "/message");
  }
  comms_json_node root = s->json->root(document);
  comms_json_node heard = s->json->member(document, root, COMMS_LIT("text"));
  int good = s->json->type(document, heard) == COMMS_JSON_STRING;
  for (size_t i = 0; good && i < sizeof names / sizeof *names; ++i) {
    comms_str text = {NULL, 0};
    s->json->string(document, s->json->member(document, root, comms_text(names[i])), &text);
    s->result->field(op, comms_text(names[i]), text);
  }
  int64_t duration = 0;
  comms_json_node lasted = s->json->member(document, root, COMMS_LIT("duration_ms"));
  if (good && s->json->integer(document, lasted, &duration) == COMMS_OK) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)duration);
    s->result->field(op, COMMS_LIT("duration_ms"), comms_text(digits));
  }
  s->json->close(document);
  return good ? COMMS_OK : comms_http_fail(s, op, r, 1, "/code", "/message");
}

static comms_status transcribe(void* self_, comms_op* op, const comms_stt_config* config,
                               comms_bytes recording) {
  instance* self = self_;
  comms_buffer url = account_url(self->account, "/v1/transcribe"), body = comms_empty();
  if (config->language.len) comms_add_text(&url, "?language=");
  comms_add_percent(&url, config->language, "");
  comms_add(&body, (comms_str){(const char*)recording.ptr, recording.len});
  /* Idempotent: nothing is kept or sent; once more costs money, but does no harm. */
  request post = {.method = "POST",
                  .url = url,
                  .body = body,
                  .content_type = config->encoding,
                  .flags = COMMS_HTTP_IDEMPOTENT};
  return account_send(self->account, op, &post, transcribed);
}

/* ---- the plugin ---- */

static void destroy(void* self_) {
  instance* self = self_;
  if (self->account) account_destroy(self->account);
  free(self->stream_url);
  free(self);
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  void* made = NULL;
  comms_status status = account_create(host, config, report, &made);
  if (status != COMMS_OK) return status;
  account* of_vendor = made;
  instance* self = calloc(1, sizeof *self);
  if (self) {
    self->account = of_vendor;
    self->stream_url =
        comms_config_url(&of_vendor->services, config, "stream_url", "wss://api.example.com");
    if (self->stream_url) {
      *out = self;
      return COMMS_OK;
    }
    destroy(self);
  } else {
    account_destroy(of_vendor);
  }
  return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
}

static comms_status probe(void* self_, comms_op* op) {
  instance* self = self_;
  return account_probe(self->account, op);
}

static const void* slot(void* self, const char* id) {
  static const comms_stt table = {.size = sizeof table,
                                  .open = open_session,
                                  .audio = audio,
                                  .tick = tick,
                                  .finish = finish,
                                  .close = close_session,
                                  .transcribe = transcribe};
  (void)self;
  return strcmp(id, COMMS_SLOT_STT) == 0 ? &table : NULL;
}

const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor) {
  static const comms_plugin plugin = {.size = sizeof plugin,
                                      .abi_major = COMMS_ABI_MAJOR,
                                      .abi_minor = COMMS_ABI_MINOR,
                                      .id = COMMS_PLUGIN_ID,
                                      .version = COMMS_PLUGIN_VERSION,
                                      .create = create,
                                      .probe = probe,
                                      .destroy = destroy,
                                      .slot = slot};
  (void)host_minor;
  return host_major == COMMS_ABI_MAJOR ? &plugin : NULL;
}
