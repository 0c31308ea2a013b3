/* comms/c/http.h - answers over HTTP and signed webhooks, for providers written in C.
 *
 * Header-only C11, no part of the ABI.
 */
#ifndef COMMS_C_HTTP_H
#define COMMS_C_HTTP_H

#include <comms/c/json.h>

/* First header of that name, without regard to case; empty when there is none. */
static inline comms_str comms_header(const comms_kv* headers, size_t count, const char* name) {
  for (size_t i = 0; i < count; ++i) {
    if (comms_same_name(headers[i].key, comms_text(name))) return headers[i].value;
  }
  return comms_text(NULL);
}

static inline int comms_http_ok(const comms_http_response* response) {
  return response->transport == COMMS_OK && response->status >= 200 && response->status < 300;
}

/* Class of an answer that was no success. What may have been accepted is COMMS_AMBIGUOUS unless the
 * request was idempotent (GET, PUT, DELETE, or sent with a key the vendor honours). */
static inline comms_status comms_http_class(const comms_http_response* response, int idempotent) {
  int status = response->status;
  if (status == 0) {
    int unsent = response->transport == COMMS_UNAVAILABLE || response->transport == COMMS_TIMEOUT ||
                 response->transport == COMMS_DENIED || response->transport == COMMS_CANCELLED;
    if (unsent) return response->transport;
    return idempotent ? COMMS_UNAVAILABLE : COMMS_AMBIGUOUS;
  }
  if (status == 401) return COMMS_UNAUTHENTICATED;
  if (status == 403) return COMMS_DENIED;
  if (status == 404 || status == 410) return COMMS_NOT_FOUND;
  if (status == 429) return COMMS_RATE_LIMITED;
  if (status == 408) return idempotent ? COMMS_TIMEOUT : COMMS_AMBIGUOUS;
  if (status == 409) return idempotent ? COMMS_REJECTED : COMMS_AMBIGUOUS;
  if (status >= 500) return idempotent ? COMMS_UNAVAILABLE : COMMS_AMBIGUOUS;
  if (status < 300) return idempotent ? COMMS_INTERNAL : COMMS_AMBIGUOUS; /* 2xx, unreadable */
  return COMMS_REJECTED;
}

/* What there is to tell of an HTTP answer that was no success. Freed by comms_http_failure_free. */
typedef struct comms_http_failure {
  comms_error error; /* borrows from the members below */
  comms_buffer message;
  char* code;
} comms_http_failure;

/* The pointers say where the vendor's JSON has its own code and message ("/code"); NULL = nowhere.
 */
static inline comms_http_failure comms_http_failure_of(const comms_services* services,
                                                       const comms_http_response* response,
                                                       int idempotent, const char* code_pointer,
                                                       const char* message_pointer) {
  comms_http_failure out;
  comms_status status = comms_http_class(response, idempotent);
  char* said = message_pointer ? comms_json_copy(services, response->body, message_pointer) : NULL;
  out.code = code_pointer ? comms_json_copy(services, response->body, code_pointer) : NULL;
  out.message = comms_empty();
  if (response->status == 0) {
    comms_add_text(&out.message, "no complete answer came from the vendor");
  } else {
    comms_add_text(&out.message, "the vendor answered HTTP ");
    comms_add_integer(&out.message, response->status);
  }
  if (said) {
    comms_add_text(&out.message, ": ");
    comms_add_text(&out.message, said);
  }
  free(said);
  comms_str remedy = comms_text(NULL);
  if (status == COMMS_UNAUTHENTICATED)
    remedy = comms_text("check the credentials of this provider");
  comms_str words = out.message.failed ? comms_text("the vendor's answer was no success")
                                       : comms_view(&out.message);
  out.error = comms_error_of(status, words, remedy);
  out.error.vendor_code = comms_text(out.code);
  comms_str wait = comms_header(response->headers, response->header_count, "retry-after");
  uint32_t seconds = 0; /* a date instead of seconds counts as not told */
  for (size_t i = 0; i < wait.len && wait.ptr[i] >= '0' && wait.ptr[i] <= '9'; ++i) {
    seconds = seconds * 10 + (uint32_t)(wait.ptr[i] - '0');
    if (seconds > 86400) seconds = 86400; /* a day; nobody waits longer for a vendor */
  }
  out.error.retry_after_ms = seconds * 1000;
  if (response->status == 503 && seconds) out.error.status = COMMS_RATE_LIMITED;
  return out;
}
static inline void comms_http_failure_free(comms_http_failure* failure) {
  comms_free(&failure->message);
  free(failure->code);
}

/* [op] comms_fail for an HTTP answer. */
static inline comms_status comms_http_fail(const comms_services* services, comms_op* op,
                                           const comms_http_response* response, int idempotent,
                                           const char* code_pointer, const char* message_pointer) {
  comms_http_failure failure =
      comms_http_failure_of(services, response, idempotent, code_pointer, message_pointer);
  services->result->fail(op, &failure.error);
  comms_http_failure_free(&failure);
  return failure.error.status;
}
/* The same for functions that report. */
static inline comms_status comms_http_report_fail(const comms_services* services,
                                                  const comms_report* report,
                                                  const comms_http_response* response,
                                                  int idempotent, const char* code_pointer,
                                                  const char* message_pointer) {
  comms_http_failure failure =
      comms_http_failure_of(services, response, idempotent, code_pointer, message_pointer);
  report->fail(report->ctx, &failure.error);
  comms_http_failure_free(&failure);
  return failure.error.status;
}

/* [any] Whether `seen` is the hex HMAC-SHA256 of `data`. In time that does not depend on where they
 * differ; never for an empty secret: an unset one must not match an absent header. */
static inline int comms_hmac_matches(const comms_services* services, const char* secret,
                                     comms_bytes data, comms_str seen) {
  uint8_t mac[32];
  char text[65];
  if (!services->crypto || !secret || !secret[0]) return 0;
  comms_bytes key = comms_as_bytes(comms_text(secret));
  if (services->crypto->hmac(COMMS_DIGEST_SHA256, key, data, mac) != COMMS_OK) return 0;
  for (size_t i = 0; i < sizeof mac; ++i) snprintf(text + 2 * i, 3, "%02x", mac[i]);
  return services->crypto->constant_time_equal(comms_as_bytes(seen),
                                               comms_as_bytes(comms_text(text))) == 1;
}

#endif
