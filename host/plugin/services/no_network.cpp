#include "plugin/services/tables.h"

namespace commsd::plugin {
namespace {

comms_status send(const comms_host*, comms_op*, const comms_http_request*, comms_http_cb,
                  void* user, void (*release)(void* user)) {
  if (release) release(user);
  return COMMS_UNAVAILABLE;
}

comms_status perform(const comms_host*, const comms_http_request*, comms_http_cb, void*) {
  return COMMS_UNAVAILABLE;
}

comms_status connect(const comms_host*, comms_op*, comms_session*, const comms_ws_request*,
                     const comms_ws_events*, void* user, void (*release)(void* user), comms_ws**) {
  if (release) release(user);
  return COMMS_UNAVAILABLE;
}

comms_status send_message(comms_ws*, std::int32_t, comms_bytes) {
  return COMMS_UNAVAILABLE;
}

void close(comms_ws*, std::uint32_t, comms_str) {}

}  // namespace

const comms_svc_http kNoHttpService = {sizeof(comms_svc_http), 0, send, perform};
const comms_svc_ws kNoWsService = {sizeof(comms_svc_ws), 0, connect, send_message, close};

}  // namespace commsd::plugin
