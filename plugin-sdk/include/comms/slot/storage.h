/* comms.storage/1 - objects under keys. Errors and absent ops as in telephony.h.
 *
 * Keys are UTF-8, up to 512 bytes, '/' separates; no empty, "." or ".." part. The provider encodes
 * what its vendor needs encoded; every key of this form must work.
 */
#ifndef COMMS_SLOT_STORAGE_H
#define COMMS_SLOT_STORAGE_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_STORAGE "comms.storage/1"

typedef struct comms_storage {
  uint32_t size, reserved;
  /* [op], or [block] when the manifest says so; the same for get, head and remove.
   * Whole object, atomically, replacing what was there. Field: etag. Idempotent. */
  comms_status (*put)(void* self, comms_op* op, comms_str key, comms_str content_type,
                      comms_bytes data);
  /* [op] or [block]. `length` 0 = to the end. Fields content_type, byte_count (of the whole object)
   * first; then result.chunk. COMMS_NOT_FOUND; COMMS_INVALID = offset beyond the end. */
  comms_status (*get)(void* self, comms_op* op, comms_str key, uint64_t offset, uint64_t length);
  /* [op] or [block]. Fields byte_count, content_type, etag, modified_at_ms. COMMS_NOT_FOUND. */
  comms_status (*head)(void* self, comms_op* op, comms_str key);
  /* [op] or [block]. Removing what is gone is COMMS_OK. */
  comms_status (*remove)(void* self, comms_op* op, comms_str key);
  /* [any] A URL that allows `method` (GET or PUT) on this key for `ttl_s` seconds, at most 7 days.
   * COMMS_UNSUPPORTED = the host must serve the object itself. */
  comms_status (*signed_url)(void* self, comms_str key, comms_str method, uint32_t ttl_s,
                             comms_sink* out);
} comms_storage;

#ifdef __cplusplus
}
#endif
#endif
