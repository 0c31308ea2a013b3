/* comms.clock/1 - time, which tests and the simulator may fake. Do not read the system clock. */
#ifndef COMMS_SVC_CLOCK_H
#define COMMS_SVC_CLOCK_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_CLOCK "comms.clock/1"

/* [op] Runs when a delay is over; its status decides as in comms_http_cb. */
typedef comms_status (*comms_clock_cb)(void* user, comms_op* op);

typedef struct comms_svc_clock {
  uint32_t size, reserved;
  /* [any] Milliseconds since 1970-01-01T00:00:00Z. */
  int64_t (*now_ms)(const comms_host* host);
  /* [any] Milliseconds that never go backwards, from an arbitrary start. */
  int64_t (*monotonic_ms)(const comms_host* host);
  /* [op] Continues the op after `delay_ms` (polling a pending order). A plugin never sleeps.
   * `release(user)` runs exactly once in every case; may be NULL. COMMS_PENDING; or COMMS_TIMEOUT
   * when the op's deadline comes first: then there is no callback. */
  comms_status (*delay)(const comms_host* host, comms_op* op, uint32_t delay_ms,
                        comms_clock_cb callback, void* user, void (*release)(void* user));
} comms_svc_clock;

#ifdef __cplusplus
}
#endif
#endif
