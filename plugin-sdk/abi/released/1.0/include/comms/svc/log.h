/* comms.log/1 - structured log lines. comms_host.log is the same without fields. */
#ifndef COMMS_SVC_LOG_H
#define COMMS_SVC_LOG_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_LOG "comms.log/1"

typedef struct comms_svc_log {
  uint32_t size, reserved;
  /* [any] `level` is a COMMS_LOG_ constant. Never message text, addresses, numbers or secrets, in
   * neither line nor fields: the log is not a place where people's data may go. */
  void (*write)(const comms_host* host, int32_t level, comms_str line, const comms_kv* fields,
                size_t field_count);
  /* [any] 1 when lines of this level are kept: spares building them. */
  int32_t (*enabled)(const comms_host* host, int32_t level);
} comms_svc_log;

#ifdef __cplusplus
}
#endif
#endif
