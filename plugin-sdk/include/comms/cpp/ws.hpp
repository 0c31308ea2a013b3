#pragma once

#include <functional>

#include <comms/cpp/call.hpp>

namespace comms {

/// A client WebSocket of the host. Valid while its handler lives.
class Socket {
 public:
  Socket(const comms_svc_ws* api, comms_ws* ws) : api_(api), ws_(ws) {}

  /// COMMS_OK, COMMS_BACKPRESSURE (not queued), COMMS_UNAVAILABLE (closed).
  Status send_text(std::string_view text) const { return api_->send(ws_, 1, bytes(text)); }
  Status send_binary(std::string_view data) const { return api_->send(ws_, 0, bytes(data)); }
  void close(std::uint32_t code = 1000, std::string_view reason = {}) const {
    api_->close(ws_, code, str(reason));
  }

 private:
  const comms_svc_ws* api_;
  comms_ws* ws_;
};

/// What happens on a socket. Statuses as in comms_ws_events: for an op COMMS_PENDING goes on and
/// anything else ends it; for a session COMMS_PENDING and COMMS_OK go on.
/// A thrown Error counts as its status (and is told to the op, when there is one).
class SocketHandler {
 public:
  virtual ~SocketHandler() = default;
  virtual Status opened(Socket) { return COMMS_PENDING; }
  virtual Status frame(Socket socket, bool is_text, std::string_view message) = 0;
  /// The default is right for sessions; an op that expected more throws.
  virtual Status closed(const comms_ws_close&) { return COMMS_UNAVAILABLE; }
};

struct SocketRequest {
  std::string url;
  Fields headers{};
  std::string subprotocols{};
  std::uint32_t timeout_ms = 0;
};

/// Owns a handler while the host holds the socket.
class SocketOwner {
 public:
  SocketOwner(const Host& host, comms_op* op, std::unique_ptr<SocketHandler> handler)
      : host_(host), op_(op), handler_(std::move(handler)) {}

  /// Opens a socket for `op` or for `session` (one of them). COMMS_PENDING with *socket set, or why
  /// not; then the handler is gone without having been called.
  static Status connect(const Host& host, comms_op* op, comms_session* session,
                        const SocketRequest& request, std::unique_ptr<SocketHandler> handler,
                        Socket* socket = nullptr) {
    static const comms_ws_events events = {sizeof(comms_ws_events), 0, &opened, &frame, &closed};
    std::vector<comms_kv> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({str(name), str(value)});
    comms_ws_request c{sizeof(comms_ws_request), request.timeout_ms, str(request.url),
                       headers.data(),           headers.size(),     str(request.subprotocols)};
    const comms_svc_ws& api = host.ws();
    auto* owner = new SocketOwner(host, op, std::move(handler));
    comms_ws* ws = nullptr;
    Status status =
        api.connect(host.raw(), op, session, &c, &events, owner, &SocketOwner::release, &ws);
    if (status == COMMS_PENDING && socket) *socket = Socket(&api, ws);
    return status;
  }

 private:
  template <class Run>
  Status run(Run&& run) {
    if (op_) return guard(host_, op_, COMMS_INTERNAL, run);
    try {
      return run();
    } catch (const Error& error) {
      return error.status;
    } catch (...) {
      return COMMS_INTERNAL;
    }
  }
  Socket socket(comms_ws* ws) const { return Socket(&host_.ws(), ws); }

  static Status opened(void* user, comms_ws* ws) noexcept {
    auto* self = static_cast<SocketOwner*>(user);
    return self->run([&] { return self->handler_->opened(self->socket(ws)); });
  }
  static Status frame(void* user, comms_ws* ws, std::int32_t is_text, comms_bytes data) noexcept {
    auto* self = static_cast<SocketOwner*>(user);
    return self->run(
        [&] { return self->handler_->frame(self->socket(ws), is_text != 0, view(data)); });
  }
  static Status closed(void* user, comms_ws*, const comms_ws_close* how) noexcept {
    auto* self = static_cast<SocketOwner*>(user);
    return self->run([&] { return self->handler_->closed(*how); });
  }
  static void release(void* user) { delete static_cast<SocketOwner*>(user); }

  Host host_;
  comms_op* op_;
  std::unique_ptr<SocketHandler> handler_;
};

template <class T>
class SocketPending final : public Pending<T> {
 public:
  SocketPending(SocketRequest request,
                std::function<std::unique_ptr<SocketHandler>(const Host&, comms_op*)> make)
      : request_(std::move(request)), make_(std::move(make)) {}

  Status start(const Host& host, comms_op* op, std::unique_ptr<Pending<T>>) override {
    Status status = SocketOwner::connect(host, op, nullptr, request_, make_(host, op));
    if (status == COMMS_PENDING) return status;
    return fail(host, op, Error(status, "the host did not open the socket"));
  }

 private:
  SocketRequest request_;
  std::function<std::unique_ptr<SocketHandler>(const Host&, comms_op*)> make_;
};

/// An op over a WebSocket (streaming speech): the handler gives its results to the op itself
/// (deliver(host, op, fields), host.result().chunk) and ends it by what it returns.
template <class T>
Outcome<T> over_socket(SocketRequest request,
                       std::function<std::unique_ptr<SocketHandler>(const Host&, comms_op*)> make) {
  return Outcome<T>(std::make_unique<SocketPending<T>>(std::move(request), std::move(make)));
}

}  // namespace comms
