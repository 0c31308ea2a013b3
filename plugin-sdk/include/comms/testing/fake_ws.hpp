#pragma once

#include <comms/testing/fake_host_class.hpp>

namespace comms::testing {

/// A socket the plugin opened; what it sent is in `sent`.
class FakeSocket {
 public:
  std::string url;
  Fields headers;
  std::vector<SocketScript::Frame> sent;
  bool open = false;
  std::uint32_t closed_by_plugin = 0;  // close code; 0 = not closed by it
  Status next_send = COMMS_OK;         // what send answers

  /// One message from the peer.
  Status receive(bool is_text, std::string_view message) {
    return events_->frame(user_, c(), is_text, bytes(message));
  }
  /// The peer is gone: last callback, then release.
  Status end(std::uint32_t code, Status transport = COMMS_OK) {
    if (!events_) return COMMS_CANCELLED;
    comms_ws_close how{};
    how.size = sizeof how;
    how.code = code;
    how.transport = transport;
    open = false;
    Status status = events_->closed(user_, c(), &how);
    drop();
    return status;
  }
  /// The owner ended (an op completed, a session was closed): release without a callback.
  void drop() {
    if (events_ && release_) release_(user_);
    events_ = nullptr;
  }

 private:
  friend struct FakeWs;
  comms_ws* c() { return reinterpret_cast<comms_ws*>(this); }

  const comms_ws_events* events_ = nullptr;
  void* user_ = nullptr;
  void (*release_)(void*) = nullptr;
};

struct FakeWs {
  static Status play(FakeSocket& socket, const SocketScript& script, bool of_op) {
    if (script.refuse) return socket.end(1006, COMMS_UNAVAILABLE);
    auto goes_on = [of_op](Status s) {
      return s == COMMS_PENDING || s == COMMS_BACKPRESSURE || (!of_op && s == COMMS_OK);
    };
    socket.open = true;
    Status status = socket.events_->opened(socket.user_, socket.c());
    for (const auto& frame : script.frames) {
      if (!goes_on(status) || !socket.events_) break;
      status = socket.receive(frame.is_text, frame.message);
    }
    if (!goes_on(status)) {
      socket.open = false;
      socket.drop();
      return status;
    }
    if (script.stays_open) return status;
    return socket.end(socket.closed_by_plugin ? socket.closed_by_plugin : script.close_code);
  }

  static const comms_svc_ws* table() {
    static const comms_svc_ws table = {
        sizeof(comms_svc_ws), 0,
        [](const comms_host* h, comms_op* owner, comms_session*, const comms_ws_request* request,
           const comms_ws_events* events, void* user, void (*release)(void*),
           comms_ws** out) -> Status {
          FakeHost& host = *static_cast<FakeHost*>(h->ctx);
          auto socket = std::make_shared<FakeSocket>();
          socket->url = view(request->url);
          for (std::size_t i = 0; i < request->header_count; ++i) {
            socket->headers.emplace_back(view(request->headers[i].key),
                                         view(request->headers[i].value));
          }
          socket->events_ = events;
          socket->user_ = user;
          socket->release_ = release;
          host.sockets.push_back(socket);
          SocketScript script;
          if (host.socket_scripts.empty()) {
            script.refuse = true;
          } else {
            script = std::move(host.socket_scripts.front());
            host.socket_scripts.pop_front();
          }
          bool of_op = owner != nullptr;
          host.later([socket, script, of_op](comms_op* op) -> Status {
            if (of_op && !op) {
              socket->drop();
              return COMMS_CANCELLED;
            }
            return play(*socket, script, of_op);
          });
          *out = socket->c();
          return COMMS_PENDING;
        },
        [](comms_ws* ws, std::int32_t is_text, comms_bytes message) -> Status {
          auto& socket = *reinterpret_cast<FakeSocket*>(ws);
          if (socket.next_send == COMMS_OK) {
            socket.sent.push_back({is_text != 0, std::string(view(message))});
          }
          return socket.next_send;
        },
        [](comms_ws* ws, std::uint32_t code, comms_str) {
          reinterpret_cast<FakeSocket*>(ws)->closed_by_plugin = code;
        }};
    return &table;
  }
};

}  // namespace comms::testing
