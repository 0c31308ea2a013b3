#include <comms/slot/telephony.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: JSON over HTTPS, a bearer token, and webhooks
 * signed with the hex HMAC-SHA256 of their body in X-Signature. */

/* Any answer to a send or a call. `safe`: the vendor drops a repetition of it. */
static comms_status taken(account* self, comms_op* op, const comms_http_response* r, int safe) {
  char* id = comms_http_ok(r) ? comms_json_copy(&self->services, r->body, "/id") : NULL;
  /* 2xx without an id may be accepted work: comms_http_fail makes that ambiguous */
  if (!id) return comms_http_fail(&self->services, op, r, safe, "/code", "/message");
  self->services.result->message(op, comms_text(id), COMMS_LIT("queued"), COMMS_COST_UNKNOWN,
                                 comms_text(NULL));
  free(id);
  return COMMS_OK;
}
static comms_status accepted(void* self, comms_op* op, const comms_http_response* r) {
  return taken(self, op, r, 0);
}
static comms_status accepted_with_key(void* self, comms_op* op, const comms_http_response* r) {
  return taken(self, op, r, 1);
}
static comms_status post(account* self, comms_op* op, const char* path, comms_buffer body,
                         comms_str idempotency_key) {
  request r = {.method = "POST",
               .url = account_url(self, path),
               .body = body,
               .idempotency_key = idempotency_key};
  return account_send(self, op, &r, idempotency_key.len ? accepted_with_key : accepted);
}

static void add_member(comms_buffer* body, const char* name, comms_str text) {
  comms_add_text(body, name);
  comms_add_json(body, text);
}

static comms_status send_message(void* self, comms_op* op, const comms_sms* m) {
  comms_buffer body = comms_empty();
  add_member(&body, "{\"from\":", m->from);
  add_member(&body, ",\"to\":", m->to);
  add_member(&body, ",\"text\":", m->body);
  add_member(&body, ",\"ref\":", m->client_ref);
  for (size_t i = 0; i < m->media_count; ++i) {
    add_member(&body, i ? "," : ",\"media\":[", m->media[i]);
  }
  if (m->media_count) comms_add_text(&body, "]");
  if (m->status_url.len) add_member(&body, ",\"status_url\":", m->status_url);
  comms_add_text(&body, "}");
  return post(self, op, "/v1/messages", body, m->idempotency_key);
}

static comms_status make_call(void* self, comms_op* op, const comms_call* c) {
  comms_buffer body = comms_empty();
  add_member(&body, "{\"from\":", c->from);
  add_member(&body, ",\"to\":", c->to);
  add_member(&body, ",\"ref\":", c->client_ref);
  add_member(&body, ",\"answer_url\":", c->answer_url);
  if (c->status_url.len) add_member(&body, ",\"status_url\":", c->status_url);
  if (c->ring_timeout_ms) {
    comms_add_text(&body, ",\"ring_seconds\":");
    comms_add_integer(&body, c->ring_timeout_ms / 1000);
  }
  comms_add_text(&body, "}");
  return post(self, op, "/v1/calls", body, c->idempotency_key);
}

static comms_status found(void* user, comms_op* op, const comms_http_response* r) {
  account* self = user;
  const comms_services* s = &self->services;
  char* id = comms_http_ok(r) ? comms_json_copy(s, r->body, "/data/0/id") : NULL;
  if (id) {
    char* status = comms_json_copy(s, r->body, "/data/0/status");
    s->result->message(op, comms_text(id), comms_text(status ? status : "queued"),
                       COMMS_COST_UNKNOWN, comms_text(NULL));
    s->result->field(op, COMMS_LIT("match"), COMMS_LIT("client_ref"));
    free(status);
    free(id);
    return COMMS_OK;
  }
  /* "none" is said of an empty list only: anything else is an answer that was not understood */
  if (comms_http_ok(r) && comms_json_count(s, r->body, "/data") == 0) {
    return comms_fail(s, op, COMMS_NOT_FOUND, "no message has this reference", NULL);
  }
  return comms_http_fail(s, op, r, 1, "/code", "/message");
}

/* What the host asks after an ambiguous send, before it would ever send again. */
static comms_status find_message(void* self_, comms_op* op, const comms_find* what) {
  account* self = self_;
  if (!what->client_ref.len) {
    return comms_fail(&self->services, op, COMMS_UNSUPPORTED,
                      "messages are found by their reference only", NULL);
  }
  request r = {.method = "GET", .url = account_url(self, "/v1/messages?ref=")};
  comms_add_percent(&r.url, what->client_ref, "");
  return account_send(self, op, &r, found);
}

static comms_status ended(void* user, comms_op* op, const comms_http_response* r) {
  account* self = user;
  if (comms_http_ok(r) || r->status == 404) return COMMS_OK; /* ending what is over is success */
  return comms_http_fail(&self->services, op, r, 1, "/code", "/message");
}

static comms_status end_call(void* self, comms_op* op, comms_str call_id) {
  request r = {.method = "DELETE", .url = account_url(self, "/v1/calls/")};
  comms_add_percent(&r.url, call_id, "");
  return account_send(self, op, &r, ended);
}

static comms_status verify_webhook(void* self_, const comms_http_in* in) {
  account* self = self_;
  comms_str seen = comms_header(in->headers, in->header_count, "X-Signature");
  return comms_hmac_matches(&self->services, self->secret, in->body, seen) ? COMMS_OK
                                                                           : COMMS_DENIED;
}

static int32_t kind_of(comms_str type) {
  if (comms_same(type, COMMS_LIT("message"))) return COMMS_EVENT_MESSAGE_IN;
  if (comms_same(type, COMMS_LIT("message_status"))) return COMMS_EVENT_MESSAGE_STATUS;
  if (comms_same(type, COMMS_LIT("call"))) return COMMS_EVENT_CALL_IN;
  return comms_same(type, COMMS_LIT("call_status")) ? COMMS_EVENT_CALL_STATUS : 0;
}

static comms_status parse_webhook(void* self_, const comms_http_in* in, const comms_emit* emit) {
  account* self = self_;
  enum { TYPE, EVENT, ID, REF, STATUS, FROM, TO, TEXT, COUNT };
  static const char* const names[COUNT] = {"/type",   "/event_id", "/id", "/ref",
                                           "/status", "/from",     "/to", "/text"};
  char* value[COUNT];
  if (comms_json_count(&self->services, in->body, "") < 0) return COMMS_INVALID;
  for (size_t i = 0; i < COUNT; ++i) {
    value[i] = comms_json_copy(&self->services, in->body, names[i]);
  }
  comms_event event = {.size = sizeof event,
                       .kind = kind_of(comms_text(value[TYPE])),
                       .event_id = comms_text(value[EVENT]),
                       .vendor_id = comms_text(value[ID]),
                       .client_ref = comms_text(value[REF]),
                       .status = comms_text(value[STATUS]),
                       .from = comms_text(value[FROM]),
                       .to = comms_text(value[TO]),
                       .text = comms_text(value[TEXT]),
                       .cost_micros = COMMS_COST_UNKNOWN};
  comms_status status = COMMS_OK; /* also for kinds nobody cares about */
  if (event.kind && event.event_id.len) emit->event(emit->ctx, &event);
  if (event.kind && !event.event_id.len) status = COMMS_INVALID;
  for (size_t i = 0; i < COUNT; ++i) free(value[i]);
  return status;
}

static int add_step(comms_buffer* out, const comms_verb* verb) {
  switch (verb->kind) {
    case COMMS_VERB_SAY:
      add_member(out, "{\"say\":", verb->text);
      if (verb->voice.len) add_member(out, ",\"voice\":", verb->voice);
      break;
    case COMMS_VERB_PLAY:
      add_member(out, "{\"play\":", verb->url);
      break;
    case COMMS_VERB_DIAL:
      add_member(out, "{\"dial\":", verb->number);
      if (verb->from.len) add_member(out, ",\"from\":", verb->from);
      break;
    case COMMS_VERB_PAUSE:
      comms_add_text(out, "{\"pause_ms\":");
      comms_add_integer(out, verb->timeout_ms);
      break;
    case COMMS_VERB_HANGUP:
      comms_add_text(out, "{\"hangup\":true");
      break;
    default:
      return 0; /* the vendor has no word for it */
  }
  comms_add_text(out, "}");
  return 1;
}

/* What a call shall do, in the vendor's language. */
static comms_status render(void* self_, const comms_verb* verbs, size_t count, comms_sink* body,
                           comms_sink* content_type) {
  account* self = self_;
  comms_buffer out = comms_empty();
  int known = 1;
  const comms_verb* verb = verbs;
  comms_add_text(&out, "[");
  for (size_t i = 0; known && i < count; ++i, verb = COMMS_NEXT(comms_verb, verb)) {
    if (i) comms_add_text(&out, ",");
    known = add_step(&out, verb);
  }
  comms_add_text(&out, "]");
  comms_status status = !known ? COMMS_UNSUPPORTED : out.failed ? COMMS_INTERNAL : COMMS_OK;
  if (status == COMMS_OK) {
    self->services.result->sink_write(body, comms_as_bytes(comms_view(&out)));
    self->services.result->sink_write(content_type, comms_as_bytes(COMMS_LIT("application/json")));
  }
  comms_free(&out);
  return status;
}

static const void* slot(void* self, const char* id) {
  static const comms_telephony table = {.size = sizeof table,
                                        .send_message = send_message,
                                        .find_message = find_message,
                                        .make_call = make_call,
                                        .end_call = end_call,
                                        .verify_webhook = verify_webhook,
                                        .parse_webhook = parse_webhook,
                                        .render = render};
  (void)self;
  return strcmp(id, COMMS_SLOT_TELEPHONY) == 0 ? &table : NULL;
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
