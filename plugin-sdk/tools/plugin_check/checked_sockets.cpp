
#include "allocation.h"
#include "checked_host.h"

namespace comms::check {

using allocation::HostSide;
using allocation::PluginSide;

/// comms.ws/1 of a CheckedHost: FakeWs, with a look at every call.
struct CheckedSockets {
  struct Relay {
    CheckedHost& host;
    bool of_op;
    const comms_ws_events* events;
    void* user;
    void (*release)(void*);
    const void* socket = nullptr;

    /// The host ends the session of a socket as it likes; an op's answers are counted.
    Status after(Status status) {
      const bool goes_on = status == COMMS_PENDING || status == COMMS_BACKPRESSURE;
      return of_op ? host.after_answer(status, goes_on) : status;
    }
    static Status opened(void* self, comms_ws* ws) {
      auto& relay = *static_cast<Relay*>(self);
      Status status = COMMS_INTERNAL;
      {
        const PluginSide side;
        status = relay.events->opened(relay.user, ws);
      }
      const bool goes_on = status == COMMS_PENDING || status == COMMS_BACKPRESSURE;
      if (relay.of_op && !goes_on) relay.host.ended_ = true;
      return status;
    }
    static Status frame(void* self, comms_ws* ws, std::int32_t is_text, comms_bytes message) {
      auto& relay = *static_cast<Relay*>(self);
      Status status = COMMS_INTERNAL;
      {
        const PluginSide side;
        status = relay.events->frame(relay.user, ws, is_text, message);
      }
      return relay.after(status);
    }
    static Status closed(void* self, comms_ws* ws, const comms_ws_close* how) {
      auto& relay = *static_cast<Relay*>(self);
      Status status = COMMS_INTERNAL;
      {
        const PluginSide side;
        status = relay.events->closed(relay.user, ws, how);
      }
      return relay.after(status);
    }
    static void on_release(void* self) {
      auto* relay = static_cast<Relay*>(self);
      if (relay->of_op) --relay->host.under_way_;
      relay->host.gone_.insert(relay->socket);
      {
        const PluginSide side;
        if (relay->release) relay->release(relay->user);
      }
      delete relay;
    }
  };

  static Status connect(const comms_host* h, comms_op* op, comms_session* session,
                        const comms_ws_request* request, const comms_ws_events* events, void* user,
                        void (*release)(void*), comms_ws** out) {
    const HostSide side;
    CheckedHost& host = CheckedHost::of(h);
    Status refused = COMMS_OK;
    if (!host.may_call_here("ws.connect") || (op && !host.is_live(op, "ws.connect"))) {
      refused = COMMS_INTERNAL;
    } else if ((op == nullptr) == (session == nullptr)) {
      host.test().fail(kStrings, "ws.connect got an op and a session, or neither");
      refused = COMMS_INVALID;
    } else {
      refused = host.check_address(view(request->url), "wss:", "ws.connect");
    }
    if (refused != COMMS_OK) {
      const PluginSide plugin;
      if (release) release(user);
      return refused;
    }
    static const comms_ws_events relayed = {sizeof relayed, 0, &Relay::opened, &Relay::frame,
                                            &Relay::closed};
    if (op) ++host.under_way_;
    auto* relay = new Relay{host, op != nullptr, events, user, release};
    const Status status = testing::FakeWs::table()->connect(
        host.fake.raw(), op, session, request, &relayed, relay, &Relay::on_release, out);
    if (status == COMMS_PENDING) relay->socket = *out;
    return status;
  }

  /// Whether the socket may be used; tells when not.
  static bool usable(const comms_ws* ws, const char* what) {
    CheckedHost& host = CheckedHost::of(static_cast<const comms_op*>(nullptr));
    if (!host.may_call_here(what)) return false;
    if (host.gone_.count(ws) > 0) {
      host.test().fail(kSession,
                       std::string(what) + " was called for a socket that had been given back");
      return false;
    }
    if (host.session_over) {
      host.test().fail(kSession,
                       std::string(what) + " was called for a session that had been closed");
    }
    return !host.session_over;
  }

  static Status send(comms_ws* ws, std::int32_t is_text, comms_bytes message) {
    const HostSide side;
    if (!usable(ws, "ws.send")) return COMMS_UNAVAILABLE;
    if (is_text && !is_utf8(view(message))) {
      CheckedHost::of(static_cast<const comms_op*>(nullptr))
          .test()
          .fail(kStrings, "a text message sent to the vendor is not UTF-8");
    }
    return testing::FakeWs::table()->send(ws, is_text, message);
  }
  static void close(comms_ws* ws, std::uint32_t code, comms_str reason) {
    const HostSide side;
    if (!usable(ws, "ws.close")) return;
    testing::FakeWs::table()->close(ws, code, reason);
  }
};

const void* checked_sockets() {
  static const comms_svc_ws table = {sizeof table, 0, &CheckedSockets::connect,
                                     &CheckedSockets::send, &CheckedSockets::close};
  return &table;
}

}  // namespace comms::check
