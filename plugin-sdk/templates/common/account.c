#include "account.h"

void account_destroy(void* self_) {
  account* self = self_;
  free(self->key);
  free(self->base);
  free(self->secret);
  free(self->bearer);
  free(self);
}

comms_status account_create(const comms_host* host, comms_str config, const comms_report* report,
                            void** out) {
  comms_services services = comms_services_of(host);
  if (!services.result || !services.http || !services.json) {
    return comms_report_fail(report, COMMS_INTERNAL, "the host lacks a service");
  }
  account* self = calloc(1, sizeof *self);
  if (!self) return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
  self->services = services;
  self->base = comms_config_url(&services, config, "base_url", "https://api.example.com");
  int good = self->base != NULL;
  good = good && comms_config_read(&services, config, "api_key", &self->key) == COMMS_OK;
  good = good && comms_config_read(&services, config, "webhook_secret", &self->secret) == COMMS_OK;
  if (good && (!self->key || !self->key[0])) {
    account_destroy(self);
    return comms_report_fail(report, COMMS_INVALID, "api_key is required");
  }
  comms_buffer bearer = comms_empty();
  comms_add_text(&bearer, "Bearer ");
  comms_add_text(&bearer, self->key);
  if (!bearer.failed) self->bearer = comms_copy(comms_view(&bearer));
  comms_free(&bearer);
  if (!good || !self->bearer) {
    account_destroy(self);
    return comms_report_fail(report, COMMS_INTERNAL, "out of memory");
  }
  *out = self;
  return COMMS_OK;
}

comms_buffer account_url(const account* self, const char* path) {
  comms_buffer url = comms_empty();
  comms_add_text(&url, self->base);
  comms_add_text(&url, path);
  return url;
}

/* Fills in `headers`, which has room for four; returns the request, which borrows all of it. */
static comms_http_request described(const account* self, const request* r, comms_kv* headers) {
  size_t count = 0;
  headers[count++] = (comms_kv){COMMS_LIT("Authorization"), comms_text(self->bearer)};
  if (r->content_type.len || r->body.len) {
    comms_str type = r->content_type.len ? r->content_type : COMMS_LIT("application/json");
    headers[count++] = (comms_kv){COMMS_LIT("Content-Type"), type};
  }
  if (r->idempotency_key.len) {
    headers[count++] = (comms_kv){COMMS_LIT("Idempotency-Key"), r->idempotency_key};
  }
  if (r->range.len) headers[count++] = (comms_kv){COMMS_LIT("Range"), r->range};
  comms_http_request out = {.size = sizeof out,
                            .method = comms_text(r->method),
                            .url = comms_view(&r->url),
                            .headers = headers,
                            .header_count = count,
                            .body = comms_as_bytes(comms_view(&r->body)),
                            .flags = r->flags};
  if (strcmp(r->method, "POST") != 0 || r->idempotency_key.len) {
    out.flags |= COMMS_HTTP_IDEMPOTENT;
  }
  return out;
}

comms_status account_send_with(account* self, comms_op* op, request* r, comms_http_cb answered,
                               void* user, void (*release)(void* user)) {
  comms_kv headers[4];
  comms_status status = COMMS_INTERNAL;
  if (!r->url.failed && !r->body.failed) {
    comms_http_request http = described(self, r, headers);
    status = self->services.http->send(self->services.host, op, &http, answered, user, release);
  } else if (release) {
    release(user);
  }
  comms_free(&r->url);
  comms_free(&r->body);
  if (status == COMMS_PENDING) return status;
  return comms_fail(&self->services, op, status, "the host did not send the request", NULL);
}

comms_status account_send(account* self, comms_op* op, request* r, comms_http_cb answered) {
  return account_send_with(self, op, r, answered, self, NULL);
}

comms_status account_perform(const account* self, request* r, comms_http_cb answered, void* user) {
  comms_kv headers[4];
  comms_status status = COMMS_INTERNAL;
  if (!r->url.failed && !r->body.failed) {
    comms_http_request http = described(self, r, headers);
    status = self->services.http->perform(self->services.host, &http, answered, user);
  }
  comms_free(&r->url);
  comms_free(&r->body);
  return status;
}

static comms_status probed(void* user, comms_op* op, const comms_http_response* r) {
  account* self = user;
  if (comms_http_ok(r)) return COMMS_OK;
  return comms_http_fail(&self->services, op, r, 1, "/code", "/message");
}

/* The cheapest request that proves the credentials. */
comms_status account_probe(void* self_, comms_op* op) {
  account* self = self_;
  request r = {.method = "GET", .url = account_url(self, "/v1/account")};
  return account_send(self, op, &r, probed);
}
