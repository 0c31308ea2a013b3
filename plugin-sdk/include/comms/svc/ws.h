/* comms.ws/1 - client WebSocket (RFC 6455) executed by the host, for an op or for a session. */
#ifndef COMMS_SVC_WS_H
#define COMMS_SVC_WS_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_WS "comms.ws/1"

typedef struct comms_ws comms_ws; /* one socket; made and owned by the host */

typedef struct comms_ws_request {
  uint32_t size;
  uint32_t timeout_ms; /* for the upgrade; 0 = host default */
  comms_str url;       /* wss:// (ws:// only where the administrator allowed it) */
  const comms_kv* headers;
  size_t header_count;
  comms_str subprotocols; /* comma-separated; may be empty */
} comms_ws_request;

typedef struct comms_ws_close {
  uint32_t size;
  uint32_t code; /* RFC 6455 7.4; 1006 = closed without a close frame */
  comms_status
      transport;       /* COMMS_OK, COMMS_UNAVAILABLE (never opened), COMMS_TIMEOUT, COMMS_DENIED */
  int32_t http_status; /* of a refused upgrade, else 0 */
  comms_str reason;
} comms_ws_close;

/* Callbacks: [op] when the socket belongs to an op, [session] when it belongs to a session.
 * For an op the returned status decides as in comms_http_cb: COMMS_PENDING goes on,
 * COMMS_BACKPRESSURE pauses reading until result.chunk has room, anything else completes the op and
 * closes the socket. For a session COMMS_OK and COMMS_PENDING go on; anything else closes the
 * socket. */
typedef struct comms_ws_events {
  uint32_t size, reserved;
  comms_status (*opened)(void* user, comms_ws* ws);
  comms_status (*frame)(void* user, comms_ws* ws, int32_t is_text, comms_bytes whole_message);
  /* Last callback of this socket. For an op, COMMS_PENDING here is a defect unless another request
   * of the op is under way. */
  comms_status (*closed)(void* user, comms_ws* ws, const comms_ws_close* how);
} comms_ws_events;

typedef struct comms_svc_ws {
  uint32_t size, reserved;
  /* [op] or [session] Exactly one of `op` and `session` is given. The table `events` must be
   * static; `release(user)` runs exactly once in every case, after `closed` or when the owner ends;
   * may be NULL. The handle is valid until then. COMMS_PENDING with *out_ws set; COMMS_INVALID,
   * COMMS_DENIED, COMMS_UNAVAILABLE: no callback. */
  comms_status (*connect)(const comms_host* host, comms_op* op, comms_session* session,
                          const comms_ws_request* request, const comms_ws_events* events,
                          void* user, void (*release)(void* user), comms_ws** out_ws);
  /* [op] or [session], as the owner. Copies and queues one message. COMMS_OK; COMMS_BACKPRESSURE
   * (not queued: 256 KB wait already); COMMS_UNAVAILABLE (closed). Before `opened`, messages are
   * held back. */
  comms_status (*send)(comms_ws* ws, int32_t is_text, comms_bytes message);
  /* [op] or [session], as the owner. Sends what is queued, then a close frame. `closed` still
   * follows. */
  void (*close)(comms_ws* ws, uint32_t code, comms_str reason);
} comms_svc_ws;

#ifdef __cplusplus
}
#endif
#endif
