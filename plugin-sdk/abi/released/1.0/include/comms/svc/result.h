/* comms.result/1 - how a provider hands results to the host. The host copies everything. */
#ifndef COMMS_SVC_RESULT_H
#define COMMS_SVC_RESULT_H

#include <comms/comms.h>
#include <comms/webhook.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_RESULT "comms.result/1"

typedef struct comms_svc_result {
  uint32_t size, reserved;
  /* [op] Detail of a failure; call it before returning the status. The last one counts, and
   * error->status must be the status returned. */
  void (*fail)(comms_op* op, const comms_error* error);
  /* [op] The vendor took a message or call (or find_message found one). `status` is neutral:
   * queued|sent|delivered|undelivered|failed|read, for calls queued|ringing|in-progress|completed|
   * busy|failed|no-answer|canceled. cost_micros: millionths of `currency`; COMMS_COST_UNKNOWN. */
  void (*message)(comms_op* op, comms_str vendor_id, comms_str status, int64_t cost_micros,
                  comms_str currency);
  /* [op] One named fact; repeatable and ordered. Each slot lists its names. */
  void (*field)(comms_op* op, comms_str key, comms_str value);
  /* [op] A piece of audio or of a file. COMMS_OK; COMMS_BACKPRESSURE = taken, but stop (return
   * COMMS_BACKPRESSURE from the callback, or wait for resume); COMMS_CANCELLED = nobody listens. */
  comms_status (*chunk)(comms_op* op, comms_bytes piece);
  /* [op] An event found by fetch_inbound. */
  void (*event)(comms_op* op, const comms_event* event);
  /* [any] Appends to a sink received as an argument, during that call only. */
  void (*sink_write)(comms_sink* sink, comms_bytes piece);
} comms_svc_result;

#ifdef __cplusplus
}
#endif
#endif
