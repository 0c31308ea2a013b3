/* comms.cache/1 - small values with a life time: access tokens, seen nonces.
 *
 * Kept per provider, shared by its generations (an access token survives a hot swap), in memory
 * only and bounded: a value may vanish early. Keys up to 256 bytes, values up to 64 KB. All [any].
 */
#ifndef COMMS_SVC_CACHE_H
#define COMMS_SVC_CACHE_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_CACHE "comms.cache/1"

typedef struct comms_svc_cache {
  uint32_t size, reserved;
  /* Copies the value out. COMMS_OK; COMMS_NOT_FOUND; COMMS_INVALID = capacity below *written. */
  comms_status (*get)(const comms_host* host, comms_str key, uint8_t* out, size_t capacity,
                      size_t* written);
  /* COMMS_OK; COMMS_INVALID = too large or ttl_ms is 0. */
  comms_status (*put)(const comms_host* host, comms_str key, comms_bytes value, uint32_t ttl_ms);
  /* As put, but COMMS_REJECTED when the key is there: tells a replayed nonce in one atomic step. */
  comms_status (*add)(const comms_host* host, comms_str key, comms_bytes value, uint32_t ttl_ms);
  void (*remove)(const comms_host* host, comms_str key);
} comms_svc_cache;

#ifdef __cplusplus
}
#endif
#endif
