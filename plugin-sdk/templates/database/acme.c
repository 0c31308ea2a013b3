#include <math.h>

#include <comms/slot/database.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: SQL as JSON over HTTPS.
 *   POST /v1/query  {sql, params}          -> {columns, rows}
 *   POST /v1/commit {units: [{steps}]}     -> {units: [{results: [{columns, rows}]} | {error}]}
 *   POST /v1/script {sql}                  -> {}
 * Blobs travel as {"base64": ...}; a commit is one transaction, each unit a savepoint in it. A
 * connection keeps nothing: it is the account itself. */

/* ---- one exchange ---- */

/* What an answer has to know of its request. `use` reads a success; what it returns is the outcome,
 * told to `report` by itself. */
typedef struct exchange {
  account* self;
  const comms_report* report;
  int idempotent, told;
  comms_status (*use)(struct exchange* one, const comms_json* document, comms_json_node root);
  void* user;
} exchange;

static comms_status told(exchange* one, comms_status status, const char* why) {
  one->told = 1;
  return comms_report_fail(one->report, status, why);
}

static comms_status answered(void* user, comms_op* op, const comms_http_response* r) {
  exchange* one = user;
  const comms_services* s = &one->self->services;
  comms_json* document = NULL;
  (void)op;
  if (!comms_http_ok(r) || s->json->parse(s->host, r->body, &document) != COMMS_OK) {
    one->told = 1;
    return comms_http_report_fail(s, one->report, r, one->idempotent, "/code", "/message");
  }
  comms_status status = one->use ? one->use(one, document, s->json->root(document)) : COMMS_OK;
  s->json->close(document);
  return status;
}

/* Sends `body` (or nothing) and waits; frees it. */
static comms_status ask(exchange* one, const char* path, comms_buffer body) {
  request r = {.method = body.len || body.failed ? "POST" : "GET",
               .url = account_url(one->self, path),
               .body = body,
               .flags = one->idempotent ? COMMS_HTTP_IDEMPOTENT : 0};
  int complete = !r.url.failed && !r.body.failed;
  comms_status status = account_perform(one->self, &r, answered, one);
  if (status == COMMS_OK || one->told) return status;
  return told(one, status, complete ? "the host did not send the request" : "out of memory");
}

/* ---- values, there and back ---- */

static void add_blob(comms_buffer* out, const account* self, comms_bytes blob) {
  size_t room = (blob.len + 2) / 3 * 4 + 1, written = 0;
  char* text = malloc(room);
  comms_status status = COMMS_INTERNAL;
  if (text) status = self->services.crypto->base64_encode(blob, 0, text, room, &written);
  if (status != COMMS_OK) out->failed = 1;
  comms_add_text(out, "{\"base64\":");
  if (text) comms_add_json(out, (comms_str){text, written});
  comms_add_text(out, "}");
  free(text);
}

static void add_value(comms_buffer* out, const account* self, const comms_value* v) {
  char digits[40];
  if (v->type == COMMS_VALUE_I64) {
    comms_add_integer(out, v->i64);
  } else if (v->type == COMMS_VALUE_F64) {
    snprintf(digits, sizeof digits, "%.17g", v->f64);
    comms_add_text(out, digits);
  } else if (v->type == COMMS_VALUE_TEXT) {
    comms_add_json(out, (comms_str){(const char*)v->bytes.ptr, v->bytes.len});
  } else if (v->type == COMMS_VALUE_BOOL) {
    comms_add_text(out, v->i64 ? "true" : "false");
  } else if (v->type == COMMS_VALUE_BLOB) {
    add_blob(out, self, v->bytes);
  } else {
    comms_add_text(out, "null");
  }
}

/* JSON has no number for infinity and for "not a number". */
static int can_be_sent(const comms_statement* asked) {
  for (size_t i = 0; i < asked->param_count; ++i) {
    if (asked->params[i].type == COMMS_VALUE_F64 && !isfinite(asked->params[i].f64)) return 0;
  }
  return 1;
}

/* The members "sql" and "params", without braces. */
static void add_statement(comms_buffer* out, const account* self, const comms_statement* asked) {
  comms_add_text(out, "\"sql\":");
  comms_add_json(out, asked->sql);
  comms_add_text(out, ",\"params\":[");
  for (size_t i = 0; i < asked->param_count; ++i) {
    if (i > 0) comms_add_text(out, ",");
    add_value(out, self, &asked->params[i]);
  }
  comms_add_text(out, "]");
}

/* {"columns": [...], "rows": [[...], ...]}, read row by row. */
typedef struct row_set {
  const comms_services* services;
  const comms_json* document;
  comms_json_node rows;
  size_t columns;
  comms_str* names;
  comms_value* values; /* of the row read last */
  uint8_t** blobs;     /* what they point to */
} row_set;

static void forget_row(row_set* set) {
  for (size_t i = 0; set->blobs && i < set->columns; ++i) {
    free(set->blobs[i]);
    set->blobs[i] = NULL;
  }
}

static void close_rows(row_set* set) {
  forget_row(set);
  free(set->names);
  free(set->values);
  free(set->blobs);
}

/* COMMS_OK; COMMS_NOT_FOUND = it is none; COMMS_INTERNAL = memory ran out. Closed in every case. */
static comms_status open_rows(row_set* set, const comms_services* s, const comms_json* document,
                              comms_json_node node) {
  comms_json_node names = s->json->member(document, node, COMMS_LIT("columns"));
  *set = (row_set){.services = s, .document = document};
  set->rows = s->json->member(document, node, COMMS_LIT("rows"));
  if (s->json->type(document, names) != COMMS_JSON_ARRAY) return COMMS_NOT_FOUND;
  set->columns = s->json->count(document, names);
  set->names = calloc(set->columns + 1, sizeof *set->names);
  set->values = calloc(set->columns + 1, sizeof *set->values);
  set->blobs = calloc(set->columns + 1, sizeof *set->blobs);
  if (!set->names || !set->values || !set->blobs) return COMMS_INTERNAL;
  comms_json_node name = s->json->first(document, names);
  for (size_t i = 0; i < set->columns; ++i, name = s->json->next(document, name)) {
    s->json->string(document, name, &set->names[i]);
  }
  return COMMS_OK;
}

static int read_blob(row_set* set, comms_json_node cell, size_t at) {
  const comms_services* s = set->services;
  comms_str text = {NULL, 0};
  comms_json_node node = s->json->member(set->document, cell, COMMS_LIT("base64"));
  if (s->json->string(set->document, node, &text) != COMMS_OK) return 0;
  size_t room = text.len + 1, size = 0;
  set->blobs[at] = malloc(room);
  if (!set->blobs[at]) return 0;
  set->values[at].bytes.ptr = set->blobs[at];
  comms_status status = s->crypto->base64_decode(text, 0, set->blobs[at], room, &size);
  set->values[at].bytes.len = size;
  return status == COMMS_OK;
}

static int read_cell(row_set* set, comms_json_node cell, size_t at) {
  const comms_svc_json* json = set->services->json;
  comms_value* v = &set->values[at];
  comms_str text = {NULL, 0};
  int32_t truth = 0;
  memset(v, 0, sizeof *v);
  switch (json->type(set->document, cell)) {
    case COMMS_JSON_INTEGER:
      v->type = COMMS_VALUE_I64;
      return json->integer(set->document, cell, &v->i64) == COMMS_OK;
    case COMMS_JSON_NUMBER:
      v->type = COMMS_VALUE_F64;
      return json->number(set->document, cell, &v->f64) == COMMS_OK;
    case COMMS_JSON_BOOL:
      v->type = COMMS_VALUE_BOOL;
      json->boolean(set->document, cell, &truth);
      v->i64 = truth;
      return 1;
    case COMMS_JSON_STRING:
      v->type = COMMS_VALUE_TEXT;
      json->string(set->document, cell, &text);
      v->bytes = comms_as_bytes(text);
      return 1;
    case COMMS_JSON_OBJECT:
      v->type = COMMS_VALUE_BLOB;
      return read_blob(set, cell, at);
    default:
      v->type = COMMS_VALUE_NULL;
      return 1;
  }
}

/* False when the row is of another length, or cannot be read for want of memory. */
static int read_row(row_set* set, comms_json_node row) {
  const comms_svc_json* json = set->services->json;
  forget_row(set);
  if (json->count(set->document, row) != set->columns) return 0;
  comms_json_node cell = json->first(set->document, row);
  for (size_t i = 0; i < set->columns; ++i, cell = json->next(set->document, cell)) {
    if (!read_cell(set, cell, i)) return 0;
  }
  return 1;
}

/* ---- the slot ---- */

static comms_str dialect(void* self) {
  (void)self;
  return COMMS_LIT("sqlite");
}

static comms_status ping(void* connection, const comms_report* report) {
  exchange one = {.self = connection, .report = report, .idempotent = 1};
  return ask(&one, "/v1/account", comms_empty());
}

/* Wrong credentials show here, not in the first statement. */
static comms_status connect_account(void* self, int32_t role, const comms_report* report,
                                    void** out) {
  (void)role;
  comms_status status = ping(self, report);
  if (status == COMMS_OK) *out = self;
  return status;
}

static void disconnect(void* connection) {
  (void)connection;
}

static comms_status run_script(void* connection, comms_str sql, const comms_report* report) {
  exchange one = {.self = connection, .report = report};
  comms_buffer body = comms_empty();
  comms_add_text(&body, "{\"sql\":");
  comms_add_json(&body, sql);
  comms_add_text(&body, "}");
  return ask(&one, "/v1/script", body);
}

static comms_status hand_over(exchange* one, const comms_json* document, comms_json_node root) {
  const comms_rows* rows = one->user;
  const comms_services* s = &one->self->services;
  row_set set;
  comms_status status = open_rows(&set, s, document, root);
  if (status == COMMS_NOT_FOUND) status = told(one, COMMS_UNAVAILABLE, "no rows came back");
  if (status == COMMS_INTERNAL) status = told(one, status, "out of memory");
  if (status == COMMS_OK) {
    rows->columns(rows->ctx, set.names, set.columns);
    comms_json_node row = s->json->first(document, set.rows);
    for (; row && status == COMMS_OK; row = s->json->next(document, row)) {
      if (read_row(&set, row)) {
        status = rows->rows(rows->ctx, set.values, set.columns, 1);
        one->told = status != COMMS_OK; /* the host ended it itself */
      } else {
        status = told(one, COMMS_INTERNAL, "a row cannot be read");
      }
    }
  }
  close_rows(&set);
  return status;
}

static comms_status query(void* connection, const comms_statement* asked, const comms_rows* rows,
                          const comms_report* report) {
  exchange one = {.self = connection, .report = report, .idempotent = 1};
  comms_buffer body = comms_empty();
  one.use = hand_over;
  one.user = (void*)(uintptr_t)rows;
  if (!can_be_sent(asked)) return told(&one, COMMS_INVALID, "a parameter is not finite");
  comms_add_text(&body, "{");
  add_statement(&body, one.self, asked);
  comms_add_text(&body, "}");
  return ask(&one, "/v1/query", body);
}

/* ---- units ---- */

/* Keeps the promise of one result per unit. */
typedef struct commit {
  const comms_unit* units;
  size_t count, next; /* the units before `next` are told */
  const comms_unit_results* results;
} commit;

static void tell_unit(commit* all, comms_unit_result result) {
  result.size = sizeof result;
  all->results->unit(all->results->ctx, all->next++, &result);
}

static void tell_the_rest(commit* all, comms_status status) {
  comms_unit_result result = {.status = status, .reason = COMMS_DB_COMMIT};
  result.message = COMMS_LIT("the commit failed");
  while (all->next < all->count) tell_unit(all, result);
}

static int32_t reason_of(comms_str word) {
  if (comms_same(word, COMMS_LIT("expectation"))) return COMMS_DB_EXPECTATION;
  if (comms_same(word, COMMS_LIT("unique"))) return COMMS_DB_UNIQUE;
  if (comms_same(word, COMMS_LIT("foreign_key"))) return COMMS_DB_FOREIGN_KEY;
  return comms_same(word, COMMS_LIT("check")) ? COMMS_DB_CHECK : COMMS_DB_STATEMENT;
}

static void tell_failure(commit* all, const comms_svc_json* json, const comms_json* document,
                         comms_json_node error) {
  comms_unit_result result = {.status = COMMS_INTERNAL};
  comms_str reason = {NULL, 0};
  int64_t step = 0;
  json->string(document, json->member(document, error, COMMS_LIT("reason")), &reason);
  json->string(document, json->member(document, error, COMMS_LIT("code")), &result.vendor_code);
  json->string(document, json->member(document, error, COMMS_LIT("message")), &result.message);
  json->integer(document, json->member(document, error, COMMS_LIT("step")), &step);
  result.reason = reason_of(reason);
  if (result.reason <= COMMS_DB_CHECK) result.status = COMMS_REJECTED;
  result.failed_step = (uint32_t)step;
  tell_unit(all, result);
}

/* The rows a step returned; false when they cannot be read. */
static int hand_over_step(commit* all, const comms_services* s, const comms_json* document,
                          comms_json_node result, size_t step) {
  const comms_unit_results* to = all->results;
  row_set set;
  int good = open_rows(&set, s, document, result) == COMMS_OK;
  if (good) to->columns(to->ctx, all->next, step, set.names, set.columns);
  comms_json_node row = good ? s->json->first(document, set.rows) : 0;
  for (; row && good; row = s->json->next(document, row)) {
    good = read_row(&set, row);
    if (good) to->rows(to->ctx, all->next, step, set.values, set.columns, 1);
  }
  close_rows(&set);
  return good;
}

static comms_status committed(exchange* one, const comms_json* document, comms_json_node root) {
  commit* all = one->user;
  const comms_services* s = &one->self->services;
  comms_json_node list = s->json->member(document, root, COMMS_LIT("units"));
  comms_json_node unit = s->json->first(document, list);
  for (; unit && all->next < all->count; unit = s->json->next(document, unit)) {
    comms_json_node error = s->json->member(document, unit, COMMS_LIT("error"));
    if (error) {
      tell_failure(all, s->json, document, error);
      continue;
    }
    const comms_unit* asked = &all->units[all->next];
    comms_json_node results = s->json->member(document, unit, COMMS_LIT("results"));
    comms_json_node result = s->json->first(document, results);
    size_t step = 0;
    for (; result && step < asked->step_count; result = s->json->next(document, result), ++step) {
      if ((asked->steps[step].flags & COMMS_STEP_CAPTURE) &&
          !hand_over_step(all, s, document, result, step)) {
        break;
      }
    }
    if (step != asked->step_count) break;
    tell_unit(all, (comms_unit_result){.status = COMMS_OK});
  }
  if (all->next == all->count) return COMMS_OK;
  return told(one, COMMS_AMBIGUOUS, "the result of a unit cannot be read");
}

/* Not idempotent: a lost answer is COMMS_AMBIGUOUS, and the host looks before it tries again. */
static comms_status commit_units(void* connection, const comms_unit* units, size_t count,
                                 const comms_unit_results* results, const comms_report* report) {
  exchange one = {.self = connection, .report = report, .use = committed};
  commit all = {units, count, 0, results};
  comms_buffer body = comms_empty();
  int good = 1;
  one.user = &all;
  comms_add_text(&body, "{\"units\":[");
  for (size_t u = 0; u < count; ++u) {
    comms_add_text(&body, u > 0 ? ",{\"steps\":[" : "{\"steps\":[");
    for (size_t s = 0; s < units[u].step_count; ++s) {
      const comms_step* step = &units[u].steps[s];
      comms_add_text(&body, s > 0 ? ",{" : "{");
      good = good && can_be_sent(step->statement);
      add_statement(&body, one.self, step->statement);
      if (step->expect_changes >= 0) {
        comms_add_text(&body, ",\"expect\":");
        comms_add_integer(&body, step->expect_changes);
      }
      comms_add_text(&body, "}");
    }
    comms_add_text(&body, "]}");
  }
  comms_add_text(&body, "]}");
  comms_status status = COMMS_OK;
  if (good) {
    status = ask(&one, "/v1/commit", body);
  } else {
    comms_free(&body);
    status = told(&one, COMMS_INVALID, "a parameter is not finite");
  }
  tell_the_rest(&all, status);
  return status;
}

/* ---- the plugin ---- */

static const void* slot(void* self, const char* id) {
  static const comms_database table = {.size = sizeof table,
                                       .dialect = dialect,
                                       .connect = connect_account,
                                       .disconnect = disconnect,
                                       .ping = ping,
                                       .run_script = run_script,
                                       .query = query,
                                       .commit_units = commit_units};
  (void)self;
  return strcmp(id, COMMS_SLOT_DATABASE) == 0 ? &table : NULL;
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
