/* comms.http/1 - the plugin describes a request, the host executes it.
 *
 * The host owns TLS, pooling, proxies, deadlines, retries and the egress policy: https only, origin
 * in the manifest's `egress`, public addresses only (an administrator may widen each). Redirects
 * are not followed unless asked for. Response bodies end at 8 MB unless max_response_bytes says
 * otherwise.
 */
#ifndef COMMS_SVC_HTTP_H
#define COMMS_SVC_HTTP_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_HTTP "comms.http/1"

/* Request flags. */
enum {
  COMMS_HTTP_IDEMPOTENT = 1u, /* doing it twice is doing it once: the host may retry by itself */
  COMMS_HTTP_STREAM = 2u,     /* deliver the body in chunks as it arrives */
  COMMS_HTTP_FOLLOW = 4u      /* follow up to 3 redirects, each checked against the egress policy;
                                 Authorization is dropped when the origin changes */
};

typedef struct comms_http_request {
  uint32_t size;
  uint32_t timeout_ms; /* whole exchange; 0 = host default; never beyond the op's own deadline */
  comms_str method, url;
  const comms_kv* headers; /* Host, Content-Length and User-Agent are the host's business */
  size_t header_count;
  comms_bytes body;
  uint32_t flags;
  uint32_t max_response_bytes; /* 0 = host default */
} comms_http_request;

typedef struct comms_http_response {
  uint32_t size;
  int32_t status; /* HTTP status; 0 = no usable response, see transport */
  /* What happened below HTTP:
   *   COMMS_OK          a complete response (or, streaming, a good chunk)
   *   COMMS_UNAVAILABLE nothing was sent: DNS, refused, TLS, circuit open, queue full
   *   COMMS_TIMEOUT     the deadline passed before a byte of the request was written
   *   COMMS_DENIED      the egress policy refused the URL; nothing was sent
   *   COMMS_AMBIGUOUS   the request was written, at least in part, and then no complete response
   * came (time-out, reset, oversized or malformed response) */
  comms_status transport;
  uint32_t last; /* 1 = the final call for this request */
  const comms_kv* headers;
  size_t header_count;
  comms_bytes body; /* the whole body, or one chunk with COMMS_HTTP_STREAM (may be empty) */
} comms_http_response;

/* [op] Continuation. Everything in the response is borrowed for the call. The returned status
 * decides: COMMS_PENDING       go on: more chunks are to come, or another request of this op was
 * queued COMMS_BACKPRESSURE  streaming only: the chunk was taken; the host stops reading until the
 *                       consumer of result.chunk has room again, then goes on by itself
 *   anything else       completes the op; what is left of the response is dropped
 * `op` is NULL under perform(). */
typedef comms_status (*comms_http_cb)(void* user, comms_op* op,
                                      const comms_http_response* response);

typedef struct comms_svc_http {
  uint32_t size, reserved;
  /* [op] Queues one request for this op. `release(user)` runs exactly once in every case, also when
   * send fails or the op is cancelled, after the last callback; it may be NULL. Several requests
   * of one op may be under way; callbacks stay serialised.
   * COMMS_PENDING; or COMMS_INVALID (malformed), COMMS_DENIED (outside the egress list),
   * COMMS_UNAVAILABLE (queue full): then there is no callback, and nothing was sent. */
  comms_status (*send)(const comms_host* host, comms_op* op, const comms_http_request* request,
                       comms_http_cb callback, void* user, void (*release)(void* user));
  /* [block] Executes one request and waits. `callback` runs on the calling thread before this
   * returns (with op NULL); its status is returned. For [block] slots such as a database over HTTP.
   * COMMS_INVALID, COMMS_DENIED, COMMS_UNAVAILABLE without a callback as above. */
  comms_status (*perform)(const comms_host* host, const comms_http_request* request,
                          comms_http_cb callback, void* user);
} comms_svc_http;

#ifdef __cplusplus
}
#endif
#endif
