#include <algorithm>

#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"
#include "plugin/services/ws_call.h"

namespace commsd::plugin {

namespace {

constexpr std::chrono::milliseconds kOpenTimeout{10000};

comms_status make(ServiceHost& host, const comms_ws_request& request,
                  std::chrono::milliseconds limit, net::WsRequest& made) {
  if (!COMMS_HAS(comms_ws_request, &request, subprotocols) || request.url.len == 0 ||
      request.header_count > 200) {
    return COMMS_INVALID;
  }
  net::WsClient* client = host.parts().ws;
  if (!client) return COMMS_UNAVAILABLE;
  made.url = copy(request.url);
  made.subprotocols = copy(request.subprotocols);
  for (std::size_t i = 0; i < request.header_count; ++i) {
    made.headers.emplace_back(copy(request.headers[i].key), copy(request.headers[i].value));
  }
  const auto wanted =
      request.timeout_ms > 0 ? std::chrono::milliseconds(request.timeout_ms) : kOpenTimeout;
  made.open_timeout = std::min(wanted, limit);
  made.egress = host.identity().egress;
  return client->check(made.url, made.egress.get()) ? COMMS_OK : COMMS_DENIED;
}

comms_status connect(const comms_host* table, comms_op* op_handle, comms_session* session_handle,
                     const comms_ws_request* request, const comms_ws_events* events, void* user,
                     void (*release)(void* user), comms_ws** out_ws) {
  ServiceHost& host = ServiceHost::from(table);
  Op* op = op_handle ? Op::from(op_handle) : nullptr;
  Session* session = session_handle ? Session::from(session_handle) : nullptr;
  net::WsRequest made;
  comms_status status = COMMS_INVALID;
  const bool one_owner = (op != nullptr) != (session != nullptr);
  const bool complete = request && out_ws && events && COMMS_HAS(comms_ws_events, events, closed);
  if (one_owner && complete && (session || op->executor())) {
    const bool over = op ? op->done() : session->closed();
    status =
        over ? COMMS_CANCELLED : make(host, *request, op ? op->remaining() : kOpenTimeout, made);
  }
  if (status != COMMS_OK) {
    if (release) release(user);
    return status;
  }
  const auto call = std::make_shared<WsCall>(host.monitor(), op ? op->shared_from_this() : nullptr,
                                             session ? session->shared_from_this() : nullptr,
                                             *events, user, release);
  if (op) {
    op->part_began(call);
  } else {
    session->part_began(call);
  }
  call->start(*host.parts().ws, std::move(made));
  *out_ws = call->handle();
  return COMMS_PENDING;
}

comms_status send(comms_ws* ws, std::int32_t is_text, comms_bytes message) {
  return ws ? WsCall::from(ws)->send(is_text != 0, view(message)) : COMMS_UNAVAILABLE;
}

void close(comms_ws* ws, std::uint32_t code, comms_str reason) {
  if (!ws) return;
  const bool sendable = code >= 1000 && code < 5000;
  WsCall::from(ws)->close(sendable ? static_cast<std::uint16_t>(code) : 1000, view(reason));
}

}  // namespace

const comms_svc_ws kWsService = {sizeof(comms_svc_ws), 0, connect, send, close};

}  // namespace commsd::plugin
