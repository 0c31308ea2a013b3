#include <comms/slot/email.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: JSON over HTTPS, a bearer token, and webhooks
 * signed with the hex HMAC-SHA256 of their body in X-Signature. */

/* Any answer to a send. `safe`: the vendor drops a repetition of it. */
static comms_status taken(account* self, comms_op* op, const comms_http_response* r, int safe) {
  char* id = comms_http_ok(r) ? comms_json_copy(&self->services, r->body, "/id") : NULL;
  /* 2xx without an id may be a sent e-mail: comms_http_fail makes that ambiguous */
  if (!id) return comms_http_fail(&self->services, op, r, safe, "/code", "/message");
  self->services.result->message(op, comms_text(id), COMMS_LIT("queued"), COMMS_COST_UNKNOWN,
                                 comms_text(NULL));
  free(id);
  return COMMS_OK;
}
static comms_status sent(void* self, comms_op* op, const comms_http_response* r) {
  return taken(self, op, r, 0);
}
static comms_status sent_with_key(void* self, comms_op* op, const comms_http_response* r) {
  return taken(self, op, r, 1);
}

static void add_list(comms_buffer* body, const char* name, const comms_str* list, size_t count) {
  if (!count) return;
  comms_add_text(body, name);
  for (size_t i = 0; i < count; ++i) {
    comms_add_text(body, i ? "," : "[");
    comms_add_json(body, list[i]);
  }
  comms_add_text(body, "]");
}
static void add_nonempty(comms_buffer* body, const char* name, comms_str text) {
  if (!text.len) return;
  comms_add_text(body, name);
  comms_add_json(body, text);
}

static comms_status send_email(void* self_, comms_op* op, const comms_email_message* m) {
  account* self = self_;
  if (m->attachment_count) {
    return comms_fail(&self->services, op, COMMS_UNSUPPORTED, "attachments are not sent yet", NULL);
  }
  comms_buffer body = comms_empty();
  comms_add_text(&body, "{\"from\":");
  comms_add_json(&body, m->from);
  add_list(&body, ",\"to\":", m->to, m->to_count);
  add_list(&body, ",\"cc\":", m->cc, m->cc_count);
  add_list(&body, ",\"bcc\":", m->bcc, m->bcc_count);
  comms_add_text(&body, ",\"subject\":");
  comms_add_json(&body, m->subject);
  comms_add_text(&body, ",\"ref\":");
  comms_add_json(&body, m->client_ref);
  add_nonempty(&body, ",\"reply_to\":", m->reply_to);
  add_nonempty(&body, ",\"text\":", m->text);
  add_nonempty(&body, ",\"html\":", m->html);
  comms_add_text(&body, "}");
  request r = {.method = "POST",
               .url = account_url(self, "/v1/emails"),
               .body = body,
               .idempotency_key = m->idempotency_key};
  return account_send(self, op, &r, m->idempotency_key.len ? sent_with_key : sent);
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
    return comms_fail(s, op, COMMS_NOT_FOUND, "no e-mail has this reference", NULL);
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
  request r = {.method = "GET", .url = account_url(self, "/v1/emails?ref=")};
  comms_add_percent(&r.url, what->client_ref, "");
  return account_send(self, op, &r, found);
}

static comms_status verify_webhook(void* self_, const comms_http_in* in) {
  account* self = self_;
  comms_str seen = comms_header(in->headers, in->header_count, "X-Signature");
  return comms_hmac_matches(&self->services, self->secret, in->body, seen) ? COMMS_OK
                                                                           : COMMS_DENIED;
}

static comms_status parse_webhook(void* self_, const comms_http_in* in, const comms_emit* emit) {
  account* self = self_;
  enum { TYPE, EVENT, EMAIL, REF, STATUS, FROM, TO, SUBJECT, TEXT, COUNT };
  static const char* const names[COUNT] = {"/type", "/event_id", "/email_id", "/ref", "/status",
                                           "/from", "/to",       "/subject",  "/text"};
  char* value[COUNT];
  if (comms_json_count(&self->services, in->body, "") < 0) return COMMS_INVALID;
  for (size_t i = 0; i < COUNT; ++i) {
    value[i] = comms_json_copy(&self->services, in->body, names[i]);
  }
  comms_event event = {.size = sizeof event,
                       .event_id = comms_text(value[EVENT]),
                       .vendor_id = comms_text(value[EMAIL]),
                       .client_ref = comms_text(value[REF]),
                       .status = comms_text(value[STATUS]),
                       .from = comms_text(value[FROM]),
                       .to = comms_text(value[TO]),
                       .subject = comms_text(value[SUBJECT]),
                       .text = comms_text(value[TEXT]),
                       .cost_micros = COMMS_COST_UNKNOWN};
  comms_str type = comms_text(value[TYPE]);
  if (comms_same(type, COMMS_LIT("status"))) event.kind = COMMS_EVENT_MESSAGE_STATUS;
  if (comms_same(type, COMMS_LIT("received"))) event.kind = COMMS_EVENT_MESSAGE_IN;
  comms_status status = COMMS_OK; /* also for kinds nobody cares about */
  if (event.kind && event.event_id.len) emit->event(emit->ctx, &event);
  if (event.kind && !event.event_id.len) status = COMMS_INVALID;
  for (size_t i = 0; i < COUNT; ++i) free(value[i]);
  return status;
}

static const void* slot(void* self, const char* id) {
  static const comms_email table = {.size = sizeof table,
                                    .send = send_email,
                                    .find_message = find_message,
                                    .verify_webhook = verify_webhook,
                                    .parse_webhook = parse_webhook};
  (void)self;
  return strcmp(id, COMMS_SLOT_EMAIL) == 0 ? &table : NULL;
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
