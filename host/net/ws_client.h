#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "net/egress.h"
#include "net/http_client.h"
#include "net/resolver.h"

namespace commsd::net {

struct WsRequest {
  std::string url;           // wss://…, or ws:// where the policy excepts the origin
  HttpHeaders headers;       // Host, Connection, Upgrade and Sec-WebSocket-* are ours
  std::string subprotocols;  // comma-separated; may be empty
  std::chrono::milliseconds open_timeout{10000};
  std::size_t max_message = 1024 * 1024;     // bytes of one whole inbound message
  std::shared_ptr<const EgressList> egress;  // null for the host's own
};

/// How a socket ended.
struct WsEnd {
  enum class Kind {
    closed = 1,         // it was open; `code` says how it closed
    refused_by_egress,  // never opened; nothing was sent
    timeout,            // never opened in time
    unavailable,        // never opened: unresolvable, refused, TLS, or the upgrade was answered no
  };
  Kind kind = Kind::closed;
  std::uint16_t code = 1006;  // RFC 6455 section 7.4; 1006 = without a close frame
  std::string reason;         // the peer's words; untrusted
  int http_status = 0;        // of a refused upgrade
  std::string cause;          // for the log
};

struct WsCallbacks {
  std::function<void(const std::string& subprotocol)> on_open;
  std::function<void(bool text, std::string message)> on_message;
  std::function<void(const WsEnd& end)> on_end;  // exactly once, last
};

/// One outbound WebSocket. Copies of the pointer may outlive the connection and the client.
/// [any thread] throughout.
class WsSocket {
 public:
  enum class Queued { yes = 1, full, closed };
  static constexpr std::size_t max_queued = 256 * 1024;  // bytes waiting to be written

  virtual ~WsSocket() = default;
  /// One message. Before the socket is open it is held back. `full`: not queued, try later.
  virtual Queued send(bool text, std::string_view message) = 0;
  /// Sends what is queued, then a close frame; on_end follows when the peer answered or 5 s passed.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Drops the connection at once; on_end still follows.
  virtual void abort() = 0;
  /// Stops and continues reading; what was read already is still delivered.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Outbound WebSockets (RFC 6455, client side): one thread, libcurl for the connection (the same
/// TLS, name and egress rules as HttpClient), framing of our own. libcurl's own WebSocket support
/// is experimental in 7.88 and off in Debian. Pings keep idle connections and find dead ones.
class WsClient {
 public:
  struct Options {
    std::size_t max_sockets = 4000;
    std::chrono::milliseconds ping_interval{20000};  // twice without a sign of life: dead
    std::string ca_file{};
  };

  WsClient(Options options, std::shared_ptr<Resolver> resolver,
           std::shared_ptr<const EgressPolicy> policy);
  /// Drops every socket (each on_end is posted) and joins the thread.
  ~WsClient();
  WsClient(const WsClient&) = delete;
  WsClient& operator=(const WsClient&) = delete;

  void set_policy(std::shared_ptr<const EgressPolicy> policy);
  tl::expected<EgressTarget, std::string> check(std::string_view url,
                                                const EgressList* allowed) const;

  /// Callbacks run as jobs of `executor`. At most 256 KB of messages wait for it; then reading
  /// stops until it caught up, so a slow consumer slows the peer and loses nothing.
  std::shared_ptr<WsSocket> connect(WsRequest request, WsCallbacks callbacks, Executor& executor);

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

}  // namespace commsd::net
