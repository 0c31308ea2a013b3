/* comms.database/1 - the store behind the server: named statements and units of work.
 *
 * No cursors and no open transactions cross this border, so the same interface serves SQLite,
 * PostgreSQL over a wire and a document store that runs a whole unit as one of its functions.
 * All members are [block]; the host gives each connection a thread of its own, so calls on one
 * connection never overlap. Error detail goes through `report`; for units through
 * comms_unit_result.
 */
#ifndef COMMS_SLOT_DATABASE_H
#define COMMS_SLOT_DATABASE_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_DATABASE "comms.database/1"

/* Connection roles. The host opens writers first. */
enum { COMMS_DB_WRITER = 1, COMMS_DB_READER = 2 };

/* Types of comms_value. */
enum {
  COMMS_VALUE_NULL = 1,
  COMMS_VALUE_I64 = 2,
  COMMS_VALUE_F64 = 3,
  COMMS_VALUE_TEXT = 4, /* UTF-8 in bytes */
  COMMS_VALUE_BLOB = 5,
  COMMS_VALUE_BOOL = 6 /* i64 is 0 or 1; an engine without booleans may answer I64 */
};

typedef struct comms_value { /* frozen */
  int32_t type;
  uint32_t reserved;
  int64_t i64;
  double f64;
  comms_bytes bytes;
} comms_value;

typedef struct comms_statement {
  uint32_t size, reserved;
  comms_str
      name; /* stable: the key of the prepared-statement cache, and what a document store calls */
  comms_str sql; /* in this dialect, one statement; parameters ?1.. (sqlite) or $1.. (postgres) */
  const comms_value* params;
  size_t param_count;
} comms_statement;

/* Receives the rows of a query. */
typedef struct comms_rows {
  uint32_t size, reserved;
  void* ctx;
  /* Once, before the first rows, also when there are none. */
  void (*columns)(void* ctx, const comms_str* names, size_t column_count);
  /* row_count >= 1 rows, row by row, column_count values each; borrowed. Anything but COMMS_OK ends
   * the query and is what query() returns. */
  comms_status (*rows)(void* ctx, const comms_value* values, size_t column_count, size_t row_count);
} comms_rows;

/* Flags of comms_step. */
enum { COMMS_STEP_CAPTURE = 1u }; /* deliver the rows it returns (SELECT, RETURNING) */

typedef struct comms_step { /* frozen */
  const comms_statement* statement;
  /* Rows returned by a statement that returns rows, else rows changed, must be exactly this; -1 =
   * any. This is how a unit says "only if still so" without a round trip. */
  int64_t expect_changes;
  uint32_t flags, reserved;
} comms_step;

typedef struct comms_unit { /* frozen */
  const comms_step* steps;
  size_t step_count;
} comms_unit;

/* Why a unit was not committed. */
enum {
  COMMS_DB_EXPECTATION = 1, /* expect_changes was not met */
  COMMS_DB_UNIQUE = 2,      /* unique or primary key violated */
  COMMS_DB_FOREIGN_KEY = 3,
  COMMS_DB_CHECK = 4,     /* CHECK, NOT NULL or type violated */
  COMMS_DB_STATEMENT = 5, /* the statement itself failed in another way */
  COMMS_DB_COMMIT = 6     /* the group's commit failed: no unit of the group was committed */
};

typedef struct comms_unit_result {
  uint32_t size;
  comms_status
      status;     /* COMMS_OK; COMMS_REJECTED for reasons 1-4; COMMS_INVALID, COMMS_UNAVAILABLE,
                     COMMS_TIMEOUT (lock), COMMS_AMBIGUOUS (connection lost in COMMIT) */
  int32_t reason; /* COMMS_DB_ constant above; 0 when COMMS_OK */
  uint32_t failed_step;  /* index; 0 when COMMS_OK or for COMMS_DB_COMMIT */
  comms_str vendor_code; /* "2067", "23505" */
  comms_str message;     /* constraint or column names, never values */
} comms_unit_result;

/* Receives what a group of units yields. Captured rows come before the commit: the host drops those
 * of a unit whose result is not COMMS_OK. `columns` begins the rows of a step; when it comes again
 * for the same step, the provider has run the unit again and what it gave before is void. */
typedef struct comms_unit_results {
  uint32_t size, reserved;
  void* ctx;
  void (*columns)(void* ctx, size_t unit, size_t step, const comms_str* names, size_t column_count);
  void (*rows)(void* ctx, size_t unit, size_t step, const comms_value* values, size_t column_count,
               size_t row_count);
  /* Exactly once per unit, after the durable commit (or its failure). */
  void (*unit)(void* ctx, size_t unit, const comms_unit_result* result);
} comms_unit_results;

typedef struct comms_database {
  uint32_t size, reserved;
  /* [any] "sqlite" (with the function comms_sha256), "libsql" (the same without), "postgres" or
   * "document"; valid until destroy. */
  comms_str (*dialect)(void* self);
  /* COMMS_OK with *out_connection set; COMMS_UNAVAILABLE, COMMS_UNAUTHENTICATED, COMMS_INVALID. */
  comms_status (*connect)(void* self, int32_t role, const comms_report* report,
                          void** out_connection);
  void (*disconnect)(void* connection);
  /* COMMS_OK, or COMMS_UNAVAILABLE: then the host disconnects and connects anew. */
  comms_status (*ping)(void* connection, const comms_report* report);
  /* Many statements in one transaction, all or nothing: migrations. COMMS_OK = saved, however the
   * text ends (no semicolon, a comment, one without an end). Writer only. Of several processes one
   * at a time: the others wait until it has committed. */
  comms_status (*run_script)(void* connection, comms_str sql, const comms_report* report);
  /* Reads. COMMS_OK after the last row; COMMS_INVALID = bad statement or parameters;
   * COMMS_UNAVAILABLE, COMMS_TIMEOUT. */
  comms_status (*query)(void* connection, const comms_statement* statement, const comms_rows* rows,
                        const comms_report* report);
  /* Executes the units, each atomic, in one transaction and in order: a unit that fails is undone
   * alone, the others commit. An engine with other writers may give units that met their locks a
   * transaction of their own. Returns after all is durable (fsync or its equivalent). COMMS_OK when
   * the group was committed, whatever single units say; else all units failed with COMMS_DB_COMMIT
   * (or with the connection). Writer only. */
  comms_status (*commit_units)(void* connection, const comms_unit* units, size_t unit_count,
                               const comms_unit_results* results, const comms_report* report);
  /* Moves the write-ahead log into the database; NULL = nothing to do in this engine. */
  comms_status (*checkpoint)(void* self, const comms_report* report);
  /* A consistent copy to `path`, which must not exist, while writers go on; NULL = not offered. */
  comms_status (*backup)(void* self, comms_str path, const comms_report* report);
  /* Looks through all that is stored for damage, which may take minutes, while others read and
   * write. COMMS_OK = sound; COMMS_INVALID = damaged, and the report says where; COMMS_CANCELLED =
   * ended by stop_check; else it could not look. Never two at a time. NULL = the engine checks
   * itself. */
  comms_status (*check)(void* self, const comms_report* report);
  /* [any] Makes the check that runs, and those that come after, end soon. NULL only with check. */
  void (*stop_check)(void* self);
  /* Gives the space of what was deleted back to the file system. Readers go on; writers wait, and
   * may fail with COMMS_TIMEOUT meanwhile. COMMS_TIMEOUT = the database was in use and nothing was
   * changed. NULL = the engine does it by itself. */
  comms_status (*vacuum)(void* self, const comms_report* report);
} comms_database;

#ifdef __cplusplus
}
#endif
#endif
