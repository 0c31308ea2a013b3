/* As email.c, for a database on this machine: SQLite in memory, one per connection. */
#include <stdlib.h>
#include <string.h>

#include <comms/slot/database.h>
#include <sqlite3.h>

#include "faulty_entry.h"

static comms_status failed(const comms_report* report, sqlite3* database) {
  const int code = sqlite3_errcode(database) & 0xff;
  const char* words = sqlite3_errmsg(database);
  comms_status status = code == SQLITE_NOMEM ? COMMS_INTERNAL : COMMS_INVALID;
  if (code == SQLITE_CONSTRAINT) status = COMMS_REJECTED;
  return report_failure(report, status, (comms_str){words, strlen(words)});
}

static comms_str dialect(void* self) {
  (void)self;
#if defined(FAULTY_OTHER_DIALECT)
  return STR("sqlite3");
#else
  return STR("libsql");
#endif
}

static comms_status connect_database(void* self, int32_t role, const comms_report* report,
                                     void** out) {
  sqlite3* database = NULL;
  (void)self, (void)role;
#if defined(FAULTY_CONNECT_WITHOUT_WORDS)
  (void)report, (void)out, (void)database;
  return COMMS_UNAVAILABLE;
#else
  const int code =
      sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  if (code != SQLITE_OK) {
    sqlite3_close_v2(database);
    return report_failure(report, COMMS_INTERNAL, STR("the database cannot be opened"));
  }
  *out = database;
  return COMMS_OK;
#endif
}

static void disconnect(void* connection) {
#if !defined(FAULTY_CONNECTION_LEAK)
  sqlite3_close_v2(connection);
#else
  (void)connection;
#endif
}

static comms_status ping(void* connection, const comms_report* report) {
  (void)connection, (void)report;
  return COMMS_OK;
}

static comms_status run(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK ? COMMS_OK : COMMS_INVALID;
}

static comms_status run_script(void* connection, comms_str sql, const comms_report* report) {
  sqlite3* database = connection;
  char* text = malloc(sql.len + sizeof ";COMMIT");
  if (!text) return report_failure(report, COMMS_INTERNAL, STR("out of memory"));
  memcpy(text, sql.ptr, sql.len);
  text[sql.len] = '\0';
#if !defined(FAULTY_HALF_A_SCRIPT)
  comms_status status = run(database, "BEGIN IMMEDIATE");
#else
  comms_status status = COMMS_OK;
#endif
#if defined(FAULTY_COMMITS_IN_A_COMMENT)
  strcat(text, ";COMMIT");
#endif
  if (status == COMMS_OK) status = run(database, text);
  if (status != COMMS_OK) failed(report, database);
  free(text);
#if defined(FAULTY_COMMITS_IN_A_COMMENT)
  if (status == COMMS_OK) return status;
#endif
  if (!sqlite3_get_autocommit(database)) {
    run(database, status == COMMS_OK ? "COMMIT" : "ROLLBACK");
  }
  return status;
}

/* The prepared statement with its parameters, NULL when it cannot be. */
static sqlite3_stmt* prepared(sqlite3* database, const comms_statement* asked) {
  sqlite3_stmt* statement = NULL;
  int code = sqlite3_prepare_v2(database, asked->sql.ptr, (int)asked->sql.len, &statement, NULL);
  for (size_t i = 0; code == SQLITE_OK && i < asked->param_count; ++i) {
    const comms_value* value = &asked->params[i];
    const int at = (int)i + 1, size = (int)value->bytes.len;
    code = value->type == COMMS_VALUE_I64
               ? sqlite3_bind_int64(statement, at, value->i64)
               : sqlite3_bind_text(statement, at, (const char*)value->bytes.ptr, size,
                                   SQLITE_TRANSIENT);
  }
  if (code == SQLITE_OK) return statement;
  sqlite3_finalize(statement);
  return NULL;
}

static comms_value value_of(sqlite3_stmt* statement, int column) {
  if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) {
    return (comms_value){.type = COMMS_VALUE_I64, .i64 = sqlite3_column_int64(statement, column)};
  }
  const uint8_t* text = sqlite3_column_text(statement, column);
  if (!text) return (comms_value){.type = COMMS_VALUE_NULL};
  const size_t size = (size_t)sqlite3_column_bytes(statement, column);
  return (comms_value){.type = COMMS_VALUE_TEXT, .bytes = {text, size}};
}

static comms_status query(void* connection, const comms_statement* asked, const comms_rows* rows,
                          const comms_report* report) {
  enum { most = 16 };
  sqlite3* database = connection;
  comms_str names[most];
  comms_value values[most];
#if defined(FAULTY_QUERY_MALLOC_UNCHECKED)
  char* copy = malloc(64);
  *(volatile char*)copy = 1;
  free(copy);
#endif
  sqlite3_stmt* statement = prepared(database, asked);
  if (!statement) return failed(report, database);
  const int columns = sqlite3_column_count(statement);
  if (columns > most) {
    sqlite3_finalize(statement);
    return report_failure(report, COMMS_INVALID, STR("too many columns"));
  }
  for (int i = 0; i < columns; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    names[i] = (comms_str){name, name ? strlen(name) : 0};
  }
  rows->columns(rows->ctx, names, (size_t)columns);
  comms_status status = COMMS_OK;
  int code = SQLITE_ROW;
  while (status == COMMS_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < columns; ++i) values[i] = value_of(statement, i);
#if defined(FAULTY_CUTS_TEXT)
    if (columns > 1 && values[1].bytes.len > 4) values[1].bytes.len = 4;
#endif
    status = rows->rows(rows->ctx, values, (size_t)columns, 1);
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) status = failed(report, database);
  sqlite3_finalize(statement);
  return status;
}

/* All steps of a unit; COMMS_OK or why not. */
static comms_status run_unit(sqlite3* database, const comms_unit* unit) {
  comms_status status = run(database, "SAVEPOINT one_unit");
  for (size_t i = 0; status == COMMS_OK && i < unit->step_count; ++i) {
    sqlite3_stmt* statement = prepared(database, unit->steps[i].statement);
    int code = SQLITE_ERROR;
    while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW) continue;
    if (code != SQLITE_DONE) {
      const int kind = sqlite3_errcode(database) & 0xff;
      status = kind == SQLITE_CONSTRAINT ? COMMS_REJECTED : COMMS_INVALID;
    }
    sqlite3_finalize(statement);
  }
  if (status != COMMS_OK) run(database, "ROLLBACK TO one_unit");
  run(database, "RELEASE one_unit");
  return status;
}

static comms_status commit_units(void* connection, const comms_unit* units, size_t count,
                                 const comms_unit_results* results, const comms_report* report) {
  sqlite3* database = connection;
  comms_status* of_units = calloc(count + 1, sizeof *of_units);
  comms_status whole = of_units ? run(database, "BEGIN IMMEDIATE") : COMMS_INTERNAL;
  if (whole == COMMS_OK) {
    for (size_t i = 0; i < count; ++i) of_units[i] = run_unit(database, &units[i]);
    whole = run(database, "COMMIT");
    if (whole != COMMS_OK) run(database, "ROLLBACK");
  }
  for (size_t i = 0; i < count; ++i) {
    comms_unit_result result = {.size = sizeof result, .status = whole, .reason = COMMS_DB_COMMIT};
    if (whole == COMMS_OK) {
      result.status = of_units[i];
      result.reason = result.status == COMMS_OK ? 0 : COMMS_DB_STATEMENT;
      if (result.status == COMMS_REJECTED) result.reason = COMMS_DB_UNIQUE;
    }
#if defined(FAULTY_TELLS_NO_RESULT)
    if (result.status == COMMS_OK) continue;
#endif
    results->unit(results->ctx, i, &result);
  }
  free(of_units);
  return whole == COMMS_OK ? whole : report_failure(report, whole, STR("nothing was committed"));
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  static const char nothing;
  (void)host, (void)config, (void)report;
  *out = (void*)(uintptr_t)&nothing;
  return COMMS_OK;
}

static void destroy(void* self) {
  (void)self;
}

static const void* slot(void* self, const char* id) {
  static const comms_database table = {.size = sizeof table,
                                       .dialect = dialect,
                                       .connect = connect_database,
                                       .disconnect = disconnect,
                                       .ping = ping,
                                       .run_script = run_script,
                                       .query = query,
                                       .commit_units = commit_units};
  (void)self;
  return strcmp(id, COMMS_SLOT_DATABASE) == 0 ? &table : NULL;
}
