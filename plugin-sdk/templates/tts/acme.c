#include <comms/slot/tts.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: JSON in, audio out as it is made. */

/* What an answer has to know of its request, and what it collects; freed by `release`. */
typedef struct speech {
  account* self;
  char content_type[16], sample_rate[16];
  int began;
  comms_buffer error_body;
} speech;

static void release(void* user) {
  speech* one = user;
  comms_free(&one->error_body);
  free(one);
}

/* Each piece reaches the caller's ear as it arrives; nothing waits for the whole. */
static comms_status arrived(void* user, comms_op* op, const comms_http_response* r) {
  speech* one = user;
  const comms_services* s = &one->self->services;
  if (!comms_http_ok(r)) {
    comms_str more = {(const char*)r->body.ptr, r->body.len};
    if (one->error_body.len < 65536) comms_add(&one->error_body, more);
    if (!r->last) return COMMS_PENDING;
    comms_http_response whole = *r;
    whole.body = comms_as_bytes(comms_view(&one->error_body));
    return comms_http_fail(s, op, &whole, 0, "/code", "/message");
  }
  if (!one->began) {
    s->result->field(op, COMMS_LIT("content_type"), comms_text(one->content_type));
    s->result->field(op, COMMS_LIT("sample_rate"), comms_text(one->sample_rate));
    one->began = 1;
  }
  comms_status status = r->body.len ? s->result->chunk(op, r->body) : COMMS_OK;
  if (status == COMMS_CANCELLED) return status; /* nobody listens any more */
  if (r->last) return COMMS_OK;
  return status == COMMS_BACKPRESSURE ? status : COMMS_PENDING;
}

static void add_member(comms_buffer* body, const char* name, comms_str text) {
  if (!text.len) return;
  comms_add_text(body, name);
  comms_add_json(body, text);
}

static comms_status synthesize(void* self_, comms_op* op, const comms_tts_request* r) {
  account* self = self_;
  comms_str format = r->format.len ? r->format : COMMS_LIT("mulaw");
  uint32_t rate = r->sample_rate ? r->sample_rate : 8000;
  int mulaw = comms_same(format, COMMS_LIT("mulaw"));
  if (!mulaw && !comms_same(format, COMMS_LIT("pcm_s16le"))) {
    return comms_fail(&self->services, op, COMMS_UNSUPPORTED, "speech comes as mulaw or pcm_s16le",
                      NULL);
  }
  speech* one = calloc(1, sizeof *one);
  if (!one) return comms_fail(&self->services, op, COMMS_INTERNAL, "out of memory", NULL);
  one->self = self;
  snprintf(one->content_type, sizeof one->content_type, "%s", mulaw ? "audio/basic" : "audio/l16");
  snprintf(one->sample_rate, sizeof one->sample_rate, "%u", (unsigned)rate);

  comms_buffer body = comms_empty(), url = account_url(self, "/v1/speech");
  comms_add_text(&body, "{\"text\":");
  comms_add_json(&body, r->text);
  add_member(&body, ",\"format\":", format);
  comms_add_text(&body, ",\"sample_rate\":");
  comms_add_integer(&body, rate);
  add_member(&body, ",\"voice\":", r->voice);
  add_member(&body, ",\"language\":", r->language);
  add_member(&body, ",\"model\":", r->model);
  comms_add_text(&body, "}");
  request stream = {.method = "POST", .url = url, .body = body, .flags = COMMS_HTTP_STREAM};
  return account_send_with(self, op, &stream, arrived, one, release);
}

static comms_status voices_answered(void* user, comms_op* op, const comms_http_response* r) {
  account* self = user;
  const comms_services* s = &self->services;
  comms_json* document = NULL;
  if (!comms_http_ok(r) || s->json->parse(s->host, r->body, &document) != COMMS_OK) {
    return comms_http_fail(s, op, r, 1, "/code", "/message");
  }
  comms_json_node list = s->json->member(document, s->json->root(document), COMMS_LIT("voices"));
  int good = s->json->type(document, list) == COMMS_JSON_ARRAY;
  comms_json_node voice = good ? s->json->first(document, list) : 0;
  for (; voice; voice = s->json->next(document, voice)) {
    static const char* const members[3][2] = {
        {"id", "voice_id"}, {"name", "name"}, {"language", "language"}};
    for (size_t i = 0; i < 3; ++i) {
      comms_str text = {NULL, 0};
      comms_json_node node = s->json->member(document, voice, comms_text(members[i][0]));
      if (s->json->string(document, node, &text) != COMMS_OK) text = comms_text(NULL);
      s->result->field(op, comms_text(members[i][1]), text);
    }
  }
  s->json->close(document);
  return good ? COMMS_OK : comms_http_fail(s, op, r, 1, "/code", "/message");
}

static comms_status list_voices(void* self, comms_op* op) {
  request r = {.method = "GET", .url = account_url(self, "/v1/voices")};
  return account_send(self, op, &r, voices_answered);
}

static const void* slot(void* self, const char* id) {
  static const comms_tts table = {
      .size = sizeof table, .synthesize = synthesize, .list_voices = list_voices};
  (void)self;
  return strcmp(id, COMMS_SLOT_TTS) == 0 ? &table : NULL;
}

const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor) {
  static const comms_plugin plugin = {.size = sizeof plugin,
                                      .abi_major = COMMS_ABI_MAJOR,
                                      .abi_minor = COMMS_ABI_MINOR,
                                      .id = COMMS_PLUGIN_ID,
                                      .version = COMMS_PLUGIN_VERSION,
                                      .create = account_create,
                                      .probe = account_probe,
                                      .destroy = account_destroy,
                                      .slot = slot};
  (void)host_minor;
  return host_major == COMMS_ABI_MAJOR ? &plugin : NULL;
}
