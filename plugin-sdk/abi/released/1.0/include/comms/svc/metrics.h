/* comms.metrics/1 - counters of the plugin's own. The host counts ops, errors and latency itself.
 */
#ifndef COMMS_SVC_METRICS_H
#define COMMS_SVC_METRICS_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_METRICS "comms.metrics/1"

typedef struct comms_svc_metrics {
  uint32_t size, reserved;
  /* [any] Adds to a counter. `name` is [a-z0-9_]{1,64}; the host puts the provider's name before
   * it. At most 100 names per plugin, further ones are dropped: never build a name from data. */
  void (*count)(const comms_host* host, comms_str name, uint64_t delta);
} comms_svc_metrics;

#ifdef __cplusplus
}
#endif
#endif
