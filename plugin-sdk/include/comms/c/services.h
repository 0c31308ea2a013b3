/* comms/c/services.h - the host's services and failures for providers written in C.
 *
 * Header-only C11, no part of the ABI. The C++ layer (comms/cpp) does the same and more.
 */
#ifndef COMMS_C_SERVICES_H
#define COMMS_C_SERVICES_H

#include <comms/c/text.h>
#include <comms/svc/crypto.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/result.h>
#include <comms/svc/ws.h>

/* The host's services; those that are absent are NULL. Valid from create until destroy. */
typedef struct comms_services {
  const comms_host* host;
  const comms_svc_http* http;
  const comms_svc_ws* ws;
  const comms_svc_result* result;
  const comms_svc_json* json;
  const comms_svc_crypto* crypto;
} comms_services;

static inline comms_services comms_services_of(const comms_host* host) {
  comms_services out = {host,
                        (const comms_svc_http*)host->service(host, COMMS_SVC_HTTP),
                        (const comms_svc_ws*)host->service(host, COMMS_SVC_WS),
                        (const comms_svc_result*)host->service(host, COMMS_SVC_RESULT),
                        (const comms_svc_json*)host->service(host, COMMS_SVC_JSON),
                        (const comms_svc_crypto*)host->service(host, COMMS_SVC_CRYPTO)};
  return out;
}

static inline comms_error comms_error_of(comms_status status, comms_str message, comms_str remedy) {
  comms_error error;
  memset(&error, 0, sizeof error);
  error.size = sizeof error;
  error.status = status;
  error.message = message;
  error.remedy = remedy;
  return error;
}
/* [op] Tells the host why, and returns `status` for the slot function to return. */
static inline comms_status comms_fail(const comms_services* services, comms_op* op,
                                      comms_status status, const char* message,
                                      const char* remedy) {
  comms_error error = comms_error_of(status, comms_text(message), comms_text(remedy));
  services->result->fail(op, &error);
  return status;
}
/* The same for functions that report. */
static inline comms_status comms_report_fail(const comms_report* report, comms_status status,
                                             const char* message) {
  comms_error error = comms_error_of(status, comms_text(message), comms_text(NULL));
  report->fail(report->ctx, &error);
  return status;
}

#endif
