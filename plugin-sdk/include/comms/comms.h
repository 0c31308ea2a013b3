/* comms.h - the provider ABI of commsd, version 1. Plain C11, usable from C++17, no dependencies.
 *
 * THE TWELVE RULES
 *  1. A plugin exports one symbol, comms_plugin_entry(host_major, host_minor); NULL means "I refuse
 *     this host". Anything else exported would be shared process-wide and could bind other plugins.
 *  2. Tables and structs begin with `size` (bytes known to whoever filled it in). Members are only
 *     appended; a member beyond `size`, zero or NULL is unsupported. That is the whole versioning.
 *     An array of size-prefixed structs has the stride of its first element's `size` (COMMS_NEXT).
 *     Structs without `size` (comms_str, comms_kv, comms_value ...) are frozen for good.
 *  3. No implicit padding: a new member would otherwise hide in old tail bytes and leave sizeof
 *     unchanged, so that the size check could not see it. Checked with -Wpadded and abi/v1.golden.
 *  4. Slot ids carry their own major ("comms.email/1"). A break is a new id beside the old one.
 *  5. No ownership crosses. Every argument is borrowed for the call; whoever keeps, copies. Results
 *     are handed over by calling a function that copies. There is no free() in this ABI, because
 *     both sides may have different allocators. Handles are closed by the side that made them.
 *  6. Strings are pointer + length, UTF-8, not NUL-terminated (only `id` and `version` are).
 *  7. Fixed-width integers; no bool, bit-fields or enums in signatures, whose size a compiler may
 *     choose. 0 is never a meaningful kind; as a status it is always COMMS_OK.
 *  8. No exception, longjmp, exit(), signal handler, setlocale(), chdir() or environment write
 *     leaves a plugin: two C++ runtimes in one process cannot unwind through each other.
 *  9. Every member carries one thread tag:
 *       [any]     any thread, also concurrently; pure: no I/O, no waiting, well under 1 ms
 *       [op]      serialised per comms_op; never two calls for one op at a time; must not block
 *       [session] serialised per comms_session (or the object made from it); must not block
 *       [block]   may block; the host runs it on the instance's own bounded worker threads
 * 10. An op completes exactly once: by returning a status other than COMMS_PENDING from the slot
 *     function or from a continuation. Later results are ignored and counted as misbehaviour.
 * 11. Host services are looked up by id, may be absent (NULL), and are valid from create to
 * destroy.
 * 12. Pointers in structs are data, opaque handles, or a callback beside its explicit context:
 *     no hidden state, so that the ABI can be carried over a socket to another process.
 *
 * Layout is that of LP64 (size_t and pointers of 64 bits), little or big endian.
 */
#ifndef COMMS_COMMS_H
#define COMMS_COMMS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_ABI_MAJOR 1u /* the loader refuses another major */
#define COMMS_ABI_MINOR 1u /* older or newer is fine: `size` decides member by member */

#if defined(__GNUC__)
#define COMMS_EXPORT __attribute__((visibility("default")))
#else
#define COMMS_EXPORT
#endif

/* The element after `p` in an array of size-prefixed structs (rule 2). */
#define COMMS_NEXT(type, p) ((const type*)(const void*)((const char*)(p) + (p)->size))
/* Whether `p`, filled in by the other side, is long enough to contain `member` (rule 2). */
#define COMMS_HAS(type, p, member) \
  ((p)->size >= offsetof(type, member) + sizeof(((const type*)0)->member))

typedef struct comms_str {
  const char* ptr; /* may be NULL when len is 0 */
  size_t len;
} comms_str;

typedef struct comms_bytes {
  const uint8_t* ptr;
  size_t len;
} comms_bytes;

typedef struct comms_kv {
  comms_str key, value;
} comms_kv;

typedef struct comms_op comms_op;           /* one provider call; made and owned by the host */
typedef struct comms_session comms_session; /* one streaming session; made and owned by the host */
typedef struct comms_sink comms_sink; /* host-owned byte buffer; append with result.sink_write */

/* Classes of outcome. The plugin classifies; the host alone retries, fails over or gives up. */
typedef int32_t comms_status;
enum {
  COMMS_OK = 0,
  COMMS_PENDING = 1, /* not an outcome: the op continues in a callback */
  COMMS_INVALID = 2, /* the request or the configuration is wrong; trying again is useless */
  COMMS_UNAUTHENTICATED = 3, /* the credentials are wrong or expired (HTTP 401) */
  COMMS_DENIED = 4,          /* known but not allowed (403); also: webhook not authentic */
  COMMS_NOT_FOUND = 5,
  COMMS_RATE_LIMITED = 6, /* 429; comms_error.retry_after_ms when the vendor said how long */
  COMMS_UNAVAILABLE = 7,  /* definitely not accepted; safe to retry or to use another provider */
  COMMS_TIMEOUT = 8,      /* a deadline passed and nothing can have been accepted */
  COMMS_REJECTED = 9, /* the vendor understood and refused this very request (see vendor_code) */
  COMMS_UNSUPPORTED = 10,  /* this provider cannot do this at all */
  COMMS_INTERNAL = 11,     /* defect in the plugin or in the host */
  COMMS_CANCELLED = 12,    /* the host gave the op up */
  COMMS_BACKPRESSURE = 13, /* the receiver is full: stop until told to resume */
  COMMS_AMBIGUOUS = 14     /* may have been accepted: time-out or reset after bytes were written, or
                              5xx without a vendor id. Never re-sent without asking the vendor. */
};

typedef struct comms_error {
  uint32_t size;
  comms_status status;
  comms_str vendor_code;   /* the vendor's own code: "21610", "invalid_api_key" */
  comms_str message;       /* what went wrong, for the administrator; never a secret */
  comms_str remedy;        /* what to do about it; may be empty */
  uint32_t retry_after_ms; /* 0 = unknown */
  uint32_t reserved;
} comms_error;

/* Takes error detail from calls that have no op. `fail` [any] copies, and may be called at most
 * once per call, on the calling thread, before the call returns its status. Never NULL as an
 * argument. */
typedef struct comms_report {
  void* ctx;
  void (*fail)(void* ctx, const comms_error* error);
} comms_report;

/* Log levels of comms_host.log and comms.log/1. */
enum { COMMS_LOG_DEBUG = 1, COMMS_LOG_INFO = 2, COMMS_LOG_WARN = 3, COMMS_LOG_ERROR = 4 };

/* What the host gives an instance. Valid from create until destroy returns. */
typedef struct comms_host {
  uint32_t size, abi_major, abi_minor, reserved;
  void* ctx; /* the host's own */
  /* [any] Service table for "comms.http/1" and so on (svc/), NULL when absent. */
  const void* (*service)(const struct comms_host* host, const char* id);
  /* [any] One line. Never put message text, addresses, numbers or secrets in it. */
  void (*log)(const struct comms_host* host, int32_t level, comms_str line);
} comms_host;

/* What the entry function returns: static, constant, valid for the life of the process. */
typedef struct comms_plugin {
  uint32_t size, abi_major, abi_minor, reserved;
  const char* id;      /* NUL-terminated, equal to the manifest's id, else the host refuses it */
  const char* version; /* NUL-terminated, equal to the manifest's version */
  /* [block] Makes one instance. `config_json` is an object valid under the manifest's `config`
   * schema; values written "secret:NAME" in commsd.yaml arrive resolved. No network use here.
   * COMMS_OK with *out_self set; COMMS_INVALID (say which setting, through `report`); or
   * COMMS_INTERNAL. Several instances of one plugin may live side by side. */
  comms_status (*create)(const comms_host* host, comms_str config_json, const comms_report* report,
                         void** out_self);
  /* [op] Health check with the real credentials and without side effects; NULL = always healthy. */
  comms_status (*probe)(void* self, comms_op* op);
  /* [block] Stop background work; ops in flight still finish. May be NULL. */
  void (*quiesce)(void* self);
  /* [block] After the last op ended. Nothing of the instance may run once this returns. */
  void (*destroy)(void* self);
  /* [any] Table of a slot ("comms.email/1"), NULL when not offered. Valid until destroy. */
  const void* (*slot)(void* self, const char* slot_id);
} comms_plugin;

/* [any] The one exported symbol. Must return at once; NULL refuses the host. */
#define COMMS_ENTRY_SYMBOL "comms_plugin_entry"
typedef const comms_plugin* (*comms_entry_fn)(uint32_t host_major, uint32_t host_minor);
COMMS_EXPORT const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor);

#ifdef __cplusplus
}
#endif
#endif
