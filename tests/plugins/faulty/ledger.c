/* As email.c, for a database that is asked over HTTP: GET for what reads, POST for what writes. */
#include <stdlib.h>
#include <string.h>

#include <comms/slot/database.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>

#include "faulty_entry.h"

typedef struct instance {
  const comms_host* host;
  const comms_svc_http* http;
  const comms_svc_json* json;
} instance;

typedef struct exchange {
  const instance* self;
  comms_status outcome;
} exchange;

/* A success says that it is one: {"id":...}. */
static int understood(const instance* self, comms_bytes body) {
  comms_json* document = NULL;
  if (self->json->parse(self->host, body, &document) != COMMS_OK) return 0;
  const comms_json_node node = self->json->member(document, self->json->root(document), STR("id"));
  self->json->close(document);
  return node != 0;
}

static comms_status answered(void* user, comms_op* op, const comms_http_response* r) {
  exchange* one = user;
  (void)op;
  if (r->status == 0) {
    one->outcome = r->transport;
  } else if (r->status == 401) {
    one->outcome = COMMS_UNAUTHENTICATED;
  } else if (r->status >= 400 && r->status < 500) {
    one->outcome = COMMS_INVALID;
  } else if (r->status >= 500 || !understood(one->self, r->body)) {
    one->outcome = COMMS_AMBIGUOUS;
#if defined(FAULTY_BELIEVES_EVERY_ANSWER)
    one->outcome = COMMS_OK;
#endif
  } else {
    one->outcome = COMMS_OK;
  }
  return COMMS_OK;
}

static comms_status ask(const instance* self, comms_str method) {
  exchange one = {self, COMMS_INTERNAL};
  comms_http_request request = {
      .size = sizeof request, .method = method, .url = STR("https://api.example.com/ledger")};
  if (method.len == 3) request.flags = COMMS_HTTP_IDEMPOTENT;
  comms_status status = self->http->perform(self->host, &request, answered, &one);
  return status == COMMS_OK ? one.outcome : status;
}

/* What reads may be asked again, whatever became of it. */
static comms_status read_only(const instance* self, const comms_report* report) {
  comms_status status = ask(self, STR("GET"));
  if (status == COMMS_OK) return status;
  if (status == COMMS_AMBIGUOUS) status = COMMS_UNAVAILABLE;
  return report_failure(report, status, STR("the ledger did not answer"));
}

static comms_str dialect(void* self) {
  (void)self;
  return STR("libsql");
}

static comms_status connect_ledger(void* self, int32_t role, const comms_report* report,
                                   void** out) {
  (void)role;
  comms_status status = read_only(self, report);
  if (status == COMMS_OK) *out = self;
  return status;
}

static void disconnect(void* connection) {
  (void)connection;
}

static comms_status ping(void* connection, const comms_report* report) {
  return read_only(connection, report);
}

static comms_status run_script(void* connection, comms_str sql, const comms_report* report) {
  (void)sql;
  comms_status status = ask(connection, STR("POST"));
  return status == COMMS_OK ? status
                            : report_failure(report, status, STR("the script was not run"));
}

static comms_status query(void* connection, const comms_statement* asked, const comms_rows* rows,
                          const comms_report* report) {
  (void)asked;
  comms_status status = read_only(connection, report);
  if (status == COMMS_OK) rows->columns(rows->ctx, NULL, 0);
  return status;
}

static comms_status commit_units(void* connection, const comms_unit* units, size_t count,
                                 const comms_unit_results* results, const comms_report* report) {
  (void)units;
  comms_status status = ask(connection, STR("POST"));
#if defined(FAULTY_COMMITS_ON_A_GUESS)
  if (status == COMMS_AMBIGUOUS) status = COMMS_UNAVAILABLE;
#endif
  comms_unit_result result = {
      .size = sizeof result, .status = status, .reason = status == COMMS_OK ? 0 : COMMS_DB_COMMIT};
  for (size_t i = 0; i < count; ++i) results->unit(results->ctx, i, &result);
  return status == COMMS_OK ? status
                            : report_failure(report, status, STR("the commit did not succeed"));
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  instance* self = malloc(sizeof *self);
  (void)config;
  if (!self) return report_failure(report, COMMS_INTERNAL, STR("out of memory"));
  *self =
      (instance){host, host->service(host, COMMS_SVC_HTTP), host->service(host, COMMS_SVC_JSON)};
  *out = self;
  return COMMS_OK;
}

static void destroy(void* self) {
  free(self);
}

static const void* slot(void* self, const char* id) {
  static const comms_database table = {.size = sizeof table,
                                       .dialect = dialect,
                                       .connect = connect_ledger,
                                       .disconnect = disconnect,
                                       .ping = ping,
                                       .run_script = run_script,
                                       .query = query,
                                       .commit_units = commit_units};
  (void)self;
  return strcmp(id, COMMS_SLOT_DATABASE) == 0 ? &table : NULL;
}
