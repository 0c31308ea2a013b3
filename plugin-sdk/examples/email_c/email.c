/* The smallest e-mail provider in C11: one op, one request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <comms/slot/email.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/result.h>

#include "comms_plugin_manifest.h"

#define STR(literal) ((comms_str){literal, sizeof(literal) - 1})

typedef struct instance {
  const comms_host* host;
  const comms_svc_http* http;
  const comms_svc_json* json;
  const comms_svc_result* result;
  char url[512], bearer[512];
} instance;

static comms_status fail(const instance* self, comms_op* op, comms_status status, comms_str why) {
  comms_error error = {.size = sizeof error, .status = status, .message = why};
  self->result->fail(op, &error);
  return status;
}

/* 429, with how long to wait where the vendor says it in seconds. */
static comms_status throttled(const instance* self, comms_op* op,
                              const comms_http_response* response) {
  comms_error error = {
      .size = sizeof error, .status = COMMS_RATE_LIMITED, .message = STR("too many e-mails")};
  for (size_t i = 0; i < response->header_count; ++i) {
    const comms_kv* header = &response->headers[i];
    char seconds[8] = "";
    if (header->key.len != 11 || strncasecmp(header->key.ptr, "retry-after", 11) != 0) continue;
    if (header->value.len >= sizeof seconds) continue;
    memcpy(seconds, header->value.ptr, header->value.len);
    error.retry_after_ms = (uint32_t)strtoul(seconds, NULL, 10) * 1000;
  }
  self->result->fail(op, &error);
  return COMMS_RATE_LIMITED;
}

/* Copies member `key` of an object into `out`, NUL-terminated; 0 when absent or too long. */
static int text_of(const instance* self, comms_bytes json, comms_str key, char* out, size_t room) {
  comms_json* document = NULL;
  comms_str text = {NULL, 0};
  if (self->json->parse(self->host, json, &document) != COMMS_OK) return 0;
  comms_json_node node = self->json->member(document, self->json->root(document), key);
  int found = self->json->string(document, node, &text) == COMMS_OK && text.len < room;
  if (found) {
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
  }
  self->json->close(document);
  return found;
}

static comms_status answered(void* user, comms_op* op, const comms_http_response* response) {
  const instance* self = user;
  char id[128];
  if (response->status == 0) {
    return fail(self, op, response->transport, STR("no answer from the vendor"));
  }
  if (response->status == 401) return fail(self, op, COMMS_UNAUTHENTICATED, STR("bad API key"));
  if (response->status == 429) return throttled(self, op, response);
  if (response->status >= 400 && response->status < 500) {
    return fail(self, op, COMMS_REJECTED, STR("the vendor refused the e-mail"));
  }
  /* 5xx or a 200 we cannot read: it may have been sent */
  if (response->status >= 300 || !text_of(self, response->body, STR("id"), id, sizeof id)) {
    return fail(self, op, COMMS_AMBIGUOUS, STR("the vendor's answer does not tell"));
  }
  self->result->message(op, (comms_str){id, strlen(id)}, STR("queued"), COMMS_COST_UNKNOWN,
                        (comms_str){NULL, 0});
  return COMMS_OK;
}

/* Appends `text` as a JSON string; -1 when it does not fit. */
static int quote(char* out, size_t room, size_t* used, comms_str text) {
  size_t at = *used;
  if (at + 2 > room) return -1;
  out[at++] = '"';
  for (size_t i = 0; i < text.len; ++i) {
    if (at + 8 > room) return -1;
    unsigned char c = (unsigned char)text.ptr[i];
    if (c < 0x20 || c == '"' || c == '\\') {
      at += (size_t)snprintf(out + at, room - at, "\\u%04x", c);
    } else {
      out[at++] = (char)c;
    }
  }
  out[at++] = '"';
  *used = at;
  return 0;
}

static int put(char* out, size_t room, size_t* used, comms_str raw) {
  if (*used + raw.len > room) return -1;
  memcpy(out + *used, raw.ptr, raw.len);
  *used += raw.len;
  return 0;
}

static comms_status send_email(void* self_, comms_op* op, const comms_email_message* m) {
  instance* self = self_;
  if (m->to_count != 1 || m->attachment_count != 0 || m->text.len == 0) {
    return fail(self, op, COMMS_UNSUPPORTED, STR("only plain text to one recipient"));
  }
  size_t room = 6 * (m->from.len + m->to[0].len + m->subject.len + m->text.len) + 256;
  size_t used = 0;
  char* body = malloc(room);
  if (!body) return fail(self, op, COMMS_INTERNAL, STR("out of memory"));
  int bad = put(body, room, &used, STR("{\"from\":")) || quote(body, room, &used, m->from) ||
            put(body, room, &used, STR(",\"to\":")) || quote(body, room, &used, m->to[0]) ||
            put(body, room, &used, STR(",\"subject\":")) || quote(body, room, &used, m->subject) ||
            put(body, room, &used, STR(",\"text\":")) || quote(body, room, &used, m->text) ||
            put(body, room, &used, STR("}"));
  comms_kv headers[2] = {
      {STR("Authorization"), {self->bearer, strlen(self->bearer)}},
      {STR("Content-Type"), STR("application/json")},
  };
  comms_http_request request = {.size = sizeof request,
                                .method = STR("POST"),
                                .url = {self->url, strlen(self->url)},
                                .headers = headers,
                                .header_count = 2,
                                .body = {(const uint8_t*)body, used}};
  comms_status status = COMMS_INTERNAL;
  if (!bad) status = self->http->send(self->host, op, &request, answered, self, NULL);
  free(body);
  return status;
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  instance* self = calloc(1, sizeof *self);
  char key[256], base[400] = "https://api.example.com";
  comms_error error = {.size = sizeof error, .status = COMMS_INTERNAL};
  if (!self) {
    error.message = STR("out of memory");
    report->fail(report->ctx, &error);
    return COMMS_INTERNAL;
  }
  self->host = host;
  self->http = host->service(host, COMMS_SVC_HTTP);
  self->json = host->service(host, COMMS_SVC_JSON);
  self->result = host->service(host, COMMS_SVC_RESULT);
  comms_bytes text = {(const uint8_t*)config.ptr, config.len};
  if (!self->http || !self->json || !self->result) {
    error.message = STR("the host lacks a service");
  } else if (!text_of(self, text, STR("api_key"), key, sizeof key)) {
    error.status = COMMS_INVALID;
    error.message = STR("api_key is required");
  } else {
    (void)text_of(self, text, STR("base_url"), base, sizeof base);
    snprintf(self->url, sizeof self->url, "%s/emails", base);
    snprintf(self->bearer, sizeof self->bearer, "Bearer %s", key);
    *out = self;
    return COMMS_OK;
  }
  report->fail(report->ctx, &error);
  free(self);
  return error.status;
}

static void destroy(void* self) {
  free(self);
}

static const void* slot(void* self, const char* id) {
  static const comms_email table = {.size = sizeof table, .send = send_email};
  (void)self;
  return strcmp(id, COMMS_SLOT_EMAIL) == 0 ? &table : NULL;
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
