#include <comms/c/http.h>
#include <comms/slot/voice.h>

#include "comms_plugin_manifest.h"

/* An invented vendor that does speech itself, to be replaced frame by frame: JSON text with a
 * "type", over a WebSocket it opens to us, signed with the hex HMAC-SHA256 of its URL in
 * X-Signature. Pure: no I/O. */
typedef struct instance {
  comms_services services;
  char *secret, *voice; /* may be NULL */
} instance;

static int32_t mode(void* self) {
  (void)self;
  return COMMS_VOICE_TEXT;
}

static void add_member(comms_buffer* out, const char* name, comms_str text) {
  if (!text.len) return;
  comms_add_text(out, name);
  comms_add_json(out, text);
}

/* Goes into the call instructions of the telephony provider, word for word. */
static comms_status connect_verb(void* self_, const comms_voice_connect* c, comms_sink* out) {
  instance* self = self_;
  comms_buffer verb = comms_empty();
  comms_add_text(&verb, "{\"connect\":");
  comms_add_json(&verb, c->ws_url);
  add_member(&verb, ",\"greeting\":", c->greeting);
  add_member(&verb, ",\"language\":", c->language);
  comms_str fallback = comms_text(self->voice ? self->voice : "alloy");
  add_member(&verb, ",\"voice\":", c->voice.len ? c->voice : fallback);
  comms_add_text(&verb, "}");
  comms_status status = verb.failed ? COMMS_INTERNAL : COMMS_OK;
  if (status == COMMS_OK) {
    self->services.result->sink_write(out, comms_as_bytes(comms_view(&verb)));
  }
  comms_free(&verb);
  return status;
}

static comms_status verify_connect(void* self_, const comms_http_in* in) {
  instance* self = self_;
  comms_str seen = comms_header(in->headers, in->header_count, "X-Signature");
  comms_bytes url = comms_as_bytes(in->url);
  return comms_hmac_matches(&self->services, self->secret, url, seen) ? COMMS_OK : COMMS_DENIED;
}

/* This codec keeps nothing between frames, so each socket's is the instance itself. */
static comms_status codec_new(void* self, void** out) {
  *out = self;
  return COMMS_OK;
}
static void codec_free(void* codec) {
  (void)codec;
}

static int32_t kind_of(comms_str type) {
  static const struct {
    const char* name;
    int32_t kind;
  } kinds[] = {{"start", COMMS_VOICE_START},
               {"heard", COMMS_VOICE_SPEECH},
               {"digit", COMMS_VOICE_DTMF},
               {"stop", COMMS_VOICE_STOP},
               {"interrupted", COMMS_VOICE_INTERRUPT},
               {"error", COMMS_VOICE_ERROR}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    if (comms_same(type, comms_text(kinds[i].name))) return kinds[i].kind;
  }
  return 0;
}

static comms_status decode(void* codec, int32_t is_text, comms_bytes frame,
                           const comms_voice_emit* emit) {
  instance* self = codec;
  enum { TYPE, CALL, FROM, TO, TEXT, COUNT };
  static const char* const names[COUNT] = {"/type", "/call", "/from", "/to", "/text"};
  char* value[COUNT];
  if (!is_text || comms_json_count(&self->services, frame, "") < 0) return COMMS_INVALID;
  for (size_t i = 0; i < COUNT; ++i) value[i] = comms_json_copy(&self->services, frame, names[i]);
  comms_voice_item item = {.size = sizeof item,
                           .kind = kind_of(comms_text(value[TYPE])),
                           .call_id = comms_text(value[CALL]),
                           .from = comms_text(value[FROM]),
                           .to = comms_text(value[TO]),
                           .text = comms_text(value[TEXT]),
                           .flags = COMMS_VOICE_LAST};
  if (comms_same(comms_text(value[TYPE]), COMMS_LIT("ping"))) {
    emit->frame(emit->ctx, 1, comms_as_bytes(COMMS_LIT("{\"type\":\"pong\"}")));
  }
  if (item.kind) emit->item(emit->ctx, &item); /* other kinds are nobody's business */
  for (size_t i = 0; i < COUNT; ++i) free(value[i]);
  return COMMS_OK;
}

static comms_status encode(void* codec, const comms_voice_item* item,
                           const comms_voice_emit* emit) {
  comms_buffer frame = comms_empty();
  (void)codec;
  switch (item->kind) {
    case COMMS_VOICE_SPEECH:
      comms_add_text(&frame, "{\"type\":\"say\",\"text\":");
      comms_add_json(&frame, item->text);
      comms_add_text(&frame, item->flags & COMMS_VOICE_LAST ? ",\"last\":true" : ",\"last\":false");
      break;
    case COMMS_VOICE_CLEAR:
      comms_add_text(&frame, "{\"type\":\"clear\"");
      break;
    case COMMS_VOICE_PLAY:
      comms_add_text(&frame, "{\"type\":\"play\",\"url\":");
      comms_add_json(&frame, item->text);
      break;
    case COMMS_VOICE_STOP:
      comms_add_text(&frame, "{\"type\":\"end\"");
      add_member(&frame, ",\"data\":", item->text);
      break;
    default:
      return COMMS_UNSUPPORTED; /* this vendor has no such frame */
  }
  comms_add_text(&frame, "}");
  comms_status status = frame.failed ? COMMS_INVALID : COMMS_OK; /* without memory: hang up */
  if (status == COMMS_OK) emit->frame(emit->ctx, 1, comms_as_bytes(comms_view(&frame)));
  comms_free(&frame);
  return status;
}

static void destroy(void* self_) {
  instance* self = self_;
  free(self->secret);
  free(self->voice);
  free(self);
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  comms_services services = comms_services_of(host);
  if (!services.result || !services.json) {
    return comms_report_fail(report, COMMS_INTERNAL, "the host lacks a service");
  }
  if (comms_json_count(&services, comms_as_bytes(config), "") < 0) {
    return comms_report_fail(report, COMMS_INVALID, "the configuration is no JSON object");
  }
  instance* self = calloc(1, sizeof *self);
  if (!self) return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
  self->services = services;
  if (comms_config_read(&services, config, "webhook_secret", &self->secret) != COMMS_OK ||
      comms_config_read(&services, config, "voice", &self->voice) != COMMS_OK) {
    destroy(self);
    return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
  }
  *out = self;
  return COMMS_OK;
}

static const void* slot(void* self, const char* id) {
  static const comms_voice table = {.size = sizeof table,
                                    .mode = mode,
                                    .connect_verb = connect_verb,
                                    .verify_connect = verify_connect,
                                    .codec_new = codec_new,
                                    .decode = decode,
                                    .encode = encode,
                                    .codec_free = codec_free};
  (void)self;
  return strcmp(id, COMMS_SLOT_VOICE) == 0 ? &table : NULL;
}

const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor) {
  static const comms_plugin plugin = {.size = sizeof plugin,
                                      .abi_major = COMMS_ABI_MAJOR,
                                      .abi_minor = COMMS_ABI_MINOR,
                                      .id = COMMS_PLUGIN_ID,
                                      .version = COMMS_PLUGIN_VERSION,
                                      .create = create,
                                      .destroy = destroy,
                                      .slot = slot};
  (void)host_minor;
  return host_major == COMMS_ABI_MAJOR ? &plugin : NULL;
}
