/* A plugin with one fault, chosen by a macro; with none it is sound. In C, because the C++ layer
 * exists to prevent most of these. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#if defined(FAULTY_NEEDS_A_LIBRARY)
#include <openssl/crypto.h>
#endif

#include <comms/slot/email.h>
#include <comms/svc/crypto.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/result.h>

#include "faulty_entry.h"

typedef struct instance {
  const comms_host* host;
  const comms_svc_http* http;
  const comms_svc_json* json;
  const comms_svc_result* result;
  const comms_svc_crypto* crypto;
  char key[256], secret[256];
#if defined(FAULTY_GOES_ON_WHEN_CANCELLED) || defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
  comms_op* op;
  int asked, answers;
#endif
} instance;

#if defined(FAULTY_CALL_AFTER_DESTROY)
static const comms_host* kept;
#elif defined(FAULTY_GLOBAL_STATE)
static instance* first;
#elif defined(FAULTY_SLOW_CONSTRUCTOR)
__attribute__((constructor)) static void slowly(void) {
  usleep(20000);
}
#elif defined(FAULTY_TEXT_RELOCATIONS)
int faulty_data = 1;
__asm__(".pushsection .text\n.quad faulty_data\n.popsection\n");
#elif defined(FAULTY_MANIFEST)
__asm__(".pushsection .comms.manifest,\"aR\",@progbits\n.ascii \"}\"\n.popsection\n");
#endif

#if defined(FAULTY_TWO_SYMBOLS)
COMMS_EXPORT int faulty_helper(void);
int faulty_helper(void) {
  return 1;
}
#endif

static comms_status fail(const instance* self, comms_op* op, comms_status status, comms_str why) {
  comms_error error = {.size = sizeof error, .status = status, .message = why};
#if !defined(FAULTY_NO_WORDS)
  self->result->fail(op, &error);
#else
  (void)self, (void)op, (void)error;
#endif
  return status;
}

/* A failure in the vendor's own words, whatever bytes they are. */
#if defined(FAULTY_QUOTES_AN_ANSWER) || defined(FAULTY_QUOTES_AN_ERROR)
static comms_status quote(const instance* self, comms_op* op, comms_status status,
                          comms_bytes words) {
  return fail(self, op, status, (comms_str){(const char*)words.ptr, words.len});
}
#endif

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

static comms_status throttled(const instance* self, comms_op* op) {
  comms_error error = {.size = sizeof error,
                       .status = COMMS_RATE_LIMITED,
                       .message = STR("too many"),
                       .retry_after_ms = 7000};
#if defined(FAULTY_RETRY_AFTER_IGNORED)
  error.retry_after_ms = 0;
#endif
#if defined(FAULTY_NO_WORDS)
  error.message.len = 0;
#endif
  self->result->fail(op, &error);
  return COMMS_RATE_LIMITED;
}

/* What is no success; COMMS_OK when it may be one. */
static comms_status refused(const instance* self, comms_op* op, const comms_http_response* r) {
#if defined(FAULTY_SENDS_AGAIN_AFTER_A_TIMEOUT)
  if (r->transport == COMMS_AMBIGUOUS && r->body.len == 0) {
    return fail(self, op, COMMS_UNAVAILABLE, STR("no answer"));
  }
#elif defined(FAULTY_QUOTES_AN_ERROR)
  if (r->status == 400) return quote(self, op, COMMS_REJECTED, r->body);
#elif defined(FAULTY_RETRIES_A_PAGE)
  if (r->status == 502) return fail(self, op, COMMS_UNAVAILABLE, STR("the vendor is down"));
#endif
  if (r->status == 0) return fail(self, op, r->transport, STR("no answer"));
  if (r->status == 401) {
#if defined(FAULTY_SECRET_IN_ERROR)
    char words[300];
    int size = snprintf(words, sizeof words, "the key %s is wrong", self->key);
    return fail(self, op, COMMS_UNAUTHENTICATED, (comms_str){words, (size_t)size});
#else
    return fail(self, op, COMMS_UNAUTHENTICATED, STR("the key is wrong"));
#endif
  }
  if (r->status == 429) return throttled(self, op);
  if (r->status >= 400 && r->status < 500) return fail(self, op, COMMS_REJECTED, STR("refused"));
#if defined(FAULTY_RETRIES_A_500)
  if (r->status >= 500) return fail(self, op, COMMS_UNAVAILABLE, STR("the vendor is down"));
#endif
  return r->status >= 300 ? fail(self, op, COMMS_AMBIGUOUS, STR("unclear")) : COMMS_OK;
}

static comms_status ask(instance* self, comms_op* op);

static comms_status answered(void* user, comms_op* op, const comms_http_response* response) {
  instance* self = user;
  char id[128];
#if defined(FAULTY_NEVER_COMPLETES)
  return COMMS_PENDING;
#elif defined(FAULTY_GOES_ON_WHEN_CANCELLED)
  ++self->answers;
#elif defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
  if (++self->answers == 1) return ask(self, op);
#elif defined(FAULTY_NOT_FOUND_IS_SENT) || defined(FAULTY_BELIEVES_HALF_AN_ANSWER)
  if (response->status == 404 || (response->status == 0 && response->body.len > 0)) {
    self->result->message(op, STR("some"), STR("queued"), COMMS_COST_UNKNOWN, (comms_str){NULL, 0});
    return COMMS_OK;
  }
#endif
  comms_status status = refused(self, op, response);
  if (status != COMMS_OK) return status;
#if defined(FAULTY_CRASHES_ON_EMPTY_BODY)
  if (response->body.len == 0) abort();
#elif defined(FAULTY_UNBOUNDED_MEMORY)
  char* copies[20];
  for (int i = 0; i < 20; ++i) {
    copies[i] = malloc(response->body.len + 1);
    if (copies[i]) memset(copies[i], 0, response->body.len);
  }
  for (int i = 0; i < 20; ++i) free(copies[i]);
#endif
  if (!text_of(self, response->body, STR("id"), id, sizeof id)) {
#if defined(FAULTY_QUOTES_AN_ANSWER)
    if (response->body.len < 100) return quote(self, op, COMMS_AMBIGUOUS, response->body);
#elif defined(FAULTY_REJECTS_A_PAGE)
    if (response->body.len > 0 && response->body.ptr[0] == '<') {
      return fail(self, op, COMMS_REJECTED, STR("the vendor answered with a page"));
    }
#endif
    return fail(self, op, COMMS_AMBIGUOUS, STR("the vendor's answer does not tell"));
  }
  comms_str none = {NULL, 0};
#if defined(FAULTY_NO_RESULT)
  return COMMS_OK;
#endif
  self->result->message(op, (comms_str){id, strlen(id)}, STR("queued"), COMMS_COST_UNKNOWN, none);
#if defined(FAULTY_TWO_RESULTS)
  self->result->message(op, STR("another"), STR("queued"), COMMS_COST_UNKNOWN, none);
#elif defined(FAULTY_OTHER_STATUS)
  fail(self, op, COMMS_INTERNAL, STR("told, not returned"));
#endif
  return COMMS_OK;
}

#if defined(FAULTY_GOES_ON_WHEN_CANCELLED) || defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
/* Takes the end of a request that was not answered for a failure of the op. */
static void given_up(void* user) {
  instance* self = user;
  comms_error error = {
      .size = sizeof error, .status = COMMS_UNAVAILABLE, .message = STR("given up")};
  if (self->answers < self->asked) self->result->fail(self->op, &error);
}
#else
#define given_up NULL
#endif

static comms_status ask(instance* self, comms_op* op) {
  comms_http_request request = {
      .size = sizeof request, .method = STR("POST"), .url = STR("https://api.example.com/emails")};
#if defined(FAULTY_EGRESS_OUTSIDE)
  request.url = STR("https://collector.example.net/emails");
#elif defined(FAULTY_WITHOUT_TLS)
  request.url = STR("http://api.example.com/emails");
#endif
#if defined(FAULTY_GOES_ON_WHEN_CANCELLED) || defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
  ++self->asked;
#endif
#if defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
  if (self->asked == 1) return self->http->send(self->host, op, &request, answered, self, NULL);
#endif
  return self->http->send(self->host, op, &request, answered, self, given_up);
}

#if defined(FAULTY_FOREIGN_THREAD)
typedef struct job {
  instance* self;
  comms_op* op;
  comms_status status;
} job;
static void* work(void* user) {
  job* j = user;
  j->status = ask(j->self, j->op);
  return NULL;
}
#endif

static comms_status send_email(void* self_, comms_op* op, const comms_email_message* m) {
  instance* self = self_;
  (void)m;
#if defined(FAULTY_GLOBAL_STATE)
  self = first;
#elif defined(FAULTY_LEAK_OF_AN_OP)
  void* volatile lost = malloc(32);
  (void)lost;
#elif defined(FAULTY_SECRET_IN_LOG)
  self->host->log(self->host, COMMS_LOG_INFO, (comms_str){self->key, strlen(self->key)});
#elif defined(FAULTY_EXITS)
  exit(0);
#elif defined(FAULTY_HANGS)
  for (;;) pause();
#elif defined(FAULTY_MALLOC_UNCHECKED)
  char* body = malloc(64);
  memcpy(body, "text", 5);
  char first_letter = *(volatile char*)body;
  free(body);
  if (first_letter != 't') return fail(self, op, COMMS_INTERNAL, STR("odd"));
#elif defined(FAULTY_GOES_ON_WHEN_CANCELLED) || defined(FAULTY_GOES_ON_AFTER_AN_ANSWER)
  self->op = op;
  self->asked = self->answers = 0;
#elif defined(FAULTY_KEEPS_WHAT_IT_HAD)
  void* volatile first_part = malloc(32);
  void* volatile second_part = malloc(32);
  if (!first_part || !second_part) return fail(self, op, COMMS_INTERNAL, STR("out of memory"));
  free(first_part);
  free(second_part);
#endif
#if defined(FAULTY_FOREIGN_THREAD)
  job j = {self, op, COMMS_INTERNAL};
  pthread_t thread;
  if (pthread_create(&thread, NULL, work, &j) == 0) pthread_join(thread, NULL);
  return j.status == COMMS_PENDING ? j.status : fail(self, op, COMMS_INTERNAL, STR("refused"));
#elif defined(FAULTY_DOUBLE_COMPLETION)
  ask(self, op);
  self->result->message(op, STR("at once"), STR("queued"), COMMS_COST_UNKNOWN,
                        (comms_str){NULL, 0});
  return COMMS_OK;
#else
  comms_status status = ask(self, op);
  return status == COMMS_PENDING ? status : fail(self, op, status, STR("not sent"));
#endif
}

static comms_status found(void* user, comms_op* op, const comms_http_response* response) {
  instance* self = user;
  char id[128];
#if defined(FAULTY_SURE_OF_A_TIMEOUT)
  if (response->transport == COMMS_TIMEOUT) return fail(self, op, COMMS_NOT_FOUND, STR("none"));
#elif defined(FAULTY_SURE_WITHOUT_A_CONNECTION)
  if (response->transport == COMMS_UNAVAILABLE) return fail(self, op, COMMS_NOT_FOUND, STR("none"));
#endif
  comms_status status = refused(self, op, response);
  if (status != COMMS_OK) return status;
  if (!text_of(self, response->body, STR("id"), id, sizeof id)) {
#if defined(FAULTY_FINDS_NOTHING_IN_GARBAGE)
    return fail(self, op, COMMS_NOT_FOUND, STR("there is none"));
#else
    return fail(self, op, COMMS_UNAVAILABLE, STR("the vendor's answer does not tell"));
#endif
  }
  comms_str none = {NULL, 0};
  self->result->message(op, (comms_str){id, strlen(id)}, STR("sent"), COMMS_COST_UNKNOWN, none);
  return COMMS_OK;
}

static comms_status find_message(void* self_, comms_op* op, const comms_find* what) {
  instance* self = self_;
  (void)what;
  comms_http_request request = {.size = sizeof request,
                                .method = STR("GET"),
                                .url = STR("https://api.example.com/emails/1"),
                                .flags = COMMS_HTTP_IDEMPOTENT};
  comms_status status = self->http->send(self->host, op, &request, found, self, NULL);
  return status == COMMS_PENDING ? status : fail(self, op, status, STR("not sent"));
}

static comms_status verify(void* self_, const comms_http_in* in) {
  instance* self = self_;
  comms_str key = {self->secret, strlen(self->secret)}, given = {NULL, 0};
  uint8_t digest[32];
  char hex[65];
  comms_bytes data = in->body;
#if defined(FAULTY_VERIFY_ACCEPTS_ALL)
  return COMMS_OK;
#elif defined(FAULTY_VERIFY_IGNORES_THE_BODY)
  data.len = 0;
#endif
#if !defined(FAULTY_VERIFY_WITHOUT_SECRET)
  if (key.len == 0) return COMMS_DENIED;
#endif
  for (size_t i = 0; i < in->header_count; ++i) {
    static const char name[] = "X-Faulty-Signature";
    if (in->headers[i].key.len == sizeof name - 1 &&
        strncasecmp(in->headers[i].key.ptr, name, sizeof name - 1) == 0) {
      given = in->headers[i].value;
    }
  }
  comms_bytes key_bytes = {(const uint8_t*)key.ptr, key.len};
  if (self->crypto->hmac(COMMS_DIGEST_SHA256, key_bytes, data, digest) != COMMS_OK) {
    return COMMS_DENIED;
  }
  for (int i = 0; i < 32; ++i) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  comms_bytes a = {(const uint8_t*)given.ptr, given.len}, b = {(const uint8_t*)hex, 64};
#if defined(FAULTY_VERIFY_MALLOC_UNCHECKED)
  char* copy = malloc(65);
  memcpy(copy, hex, 65);
  b.ptr = (const uint8_t*)copy;
  comms_status same = self->crypto->constant_time_equal(a, b) ? COMMS_OK : COMMS_DENIED;
  free(copy);
  return same;
#elif defined(FAULTY_VERIFY_COMPARES_A_PART)
  if (a.len >= 8) a.len = b.len = 8;
#endif
  return self->crypto->constant_time_equal(a, b) ? COMMS_OK : COMMS_DENIED;
}

static comms_status parse(void* self_, const comms_http_in* in, const comms_emit* emit) {
  const instance* self = self_;
  char id[128];
  comms_event event = {.size = sizeof event,
                       .kind = COMMS_EVENT_MESSAGE_STATUS,
                       .status = STR("delivered"),
                       .cost_micros = COMMS_COST_UNKNOWN};
#if defined(FAULTY_PARSE_EMITS_HALF)
  emit->event(emit->ctx, &event);
#elif defined(FAULTY_PARSE_CRASHES)
  if (in->body.len >= 1000 && in->body.ptr[0] == '[') abort();
#endif
  if (!text_of(self, in->body, STR("id"), id, sizeof id)) return COMMS_INVALID;
  event.event_id = (comms_str){id, strlen(id)};
#if !defined(FAULTY_PARSE_EMITS_HALF)
  emit->event(emit->ctx, &event);
#endif
  return COMMS_OK;
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
#if defined(FAULTY_CREATE_KEEPS_WHAT_IT_HAD)
  void* volatile first_part = malloc(32);
#endif
  instance* self = calloc(1, sizeof *self);
#if defined(FAULTY_CREATE_MALLOC_UNCHECKED)
  self->host = host;
#endif
  comms_error error = {.size = sizeof error, .status = COMMS_INVALID};
  if (!self) {
    error.status = COMMS_INTERNAL;
    error.message = STR("out of memory");
    report->fail(report->ctx, &error);
    return COMMS_INTERNAL;
  }
  self->host = host;
  self->http = host->service(host, COMMS_SVC_HTTP);
  self->json = host->service(host, COMMS_SVC_JSON);
  self->result = host->service(host, COMMS_SVC_RESULT);
  self->crypto = host->service(host, COMMS_SVC_CRYPTO);
#if defined(FAULTY_CALL_AFTER_DESTROY)
  if (kept) kept->log(kept, COMMS_LOG_INFO, STR("another one"));
  kept = host;
#elif defined(FAULTY_GLOBAL_STATE)
  if (!first) first = self;
#elif defined(FAULTY_NETWORK_IN_CREATE)
  comms_http_request request = {
      .size = sizeof request, .method = STR("GET"), .url = STR("https://api.example.com/me")};
  self->http->perform(host, &request, found, self);
#elif defined(FAULTY_CREATE_CRASHES_ON_GARBAGE)
  if (config.len == 0 || config.ptr[0] != '{') abort();
#elif defined(FAULTY_CREATE_CRASHES_ON_A_LONG_SETTING)
  if (config.len > 500000) abort();
#elif defined(FAULTY_CHANGES_THE_ENVIRONMENT)
  if (config.len > 1000000) setenv("TZ", "UTC", 1);
#elif defined(FAULTY_NEEDS_A_LIBRARY)
  if (config.len == OpenSSL_version_num()) return COMMS_INTERNAL;
#elif defined(FAULTY_CREATE_KEEPS_WHAT_IT_HAD)
  free(first_part);
#elif defined(FAULTY_CREATE_BLAMES_THE_CONFIGURATION)
  void* volatile copy = malloc(32);
  if (!copy) self->result = NULL;
  free(copy);
#endif
  comms_bytes text = {(const uint8_t*)config.ptr, config.len};
  (void)text_of(self, text, STR("webhook_secret"), self->secret, sizeof self->secret);
  if (self->result && text_of(self, text, STR("api_key"), self->key, sizeof self->key)) {
    *out = self;
    return COMMS_OK;
  }
  error.message = STR("api_key is required");
#if !defined(FAULTY_CREATE_WITHOUT_WORDS)
  report->fail(report->ctx, &error);
#endif
  free(self);
  return error.status;
}

static void destroy(void* self) {
#if !defined(FAULTY_LEAK_OF_AN_INSTANCE)
#if defined(FAULTY_GLOBAL_STATE)
  if (self == first) first = NULL;
#endif
  free(self);
#else
  (void)self;
#endif
}

static const void* slot(void* self, const char* id) {
  static const comms_email table = {
    .size = sizeof table,
    .send = send_email,
#if !defined(FAULTY_OP_MISSING)
    .find_message = find_message,
#endif
    .verify_webhook = verify,
    .parse_webhook = parse,
  };
  (void)self, (void)find_message;
#if defined(FAULTY_ANY_SLOT)
  (void)id;
  return &table;
#else
  return strcmp(id, COMMS_SLOT_EMAIL) == 0 ? &table : NULL;
#endif
}
