#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/task.h"
#include "net/egress.h"
#include "net/resolver.h"

namespace commsd::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A request to another server.
struct HttpRequestOut {
  std::string method = "GET";
  std::string url;
  /// Host, Connection, Transfer-Encoding, Expect and Upgrade are ours and are refused here;
  /// Content-Length is computed.
  HttpHeaders headers;
  std::string body;
  std::chrono::milliseconds total_timeout{30000};   // from start() to the last byte
  std::chrono::milliseconds connect_timeout{5000};  // queue for a connection, connect, TLS
  std::size_t max_response = 8 * 1024 * 1024;       // body bytes; 0 = unlimited
  bool stream = false;  // deliver the body through HttpCallbacks::on_chunk, keep none of it

  /// The request may be written twice: allows libcurl's own second try on a pooled connection
  /// that the peer had closed. Everything else is written at most once.
  bool idempotent = false;
  /// The origins of the calling plugin; null for the host's own calls.
  std::shared_ptr<const EgressList> egress;
};

struct HttpResponseIn {
  int status = 0;
  HttpHeaders headers;
  std::string body;  // empty when streamed

  /// The first such header, by case-insensitive name; empty when there is none.
  std::string_view header(std::string_view name) const;
};

/// Why there is no (complete) response.
struct TransportFailure {
  enum class Kind {
    not_sent = 1,        // refused, unresolvable, TLS failure: the peer saw no byte of the request
    maybe_sent,          // failed after the request may have been written
    timeout_not_sent,    // out of time before the request could be written
    timeout_maybe_sent,  // out of time afterwards
    refused_by_egress,   // the URL, a header or the address is not allowed; nothing was sent
    too_large,           // the response is over max_response; the peer has the request
    cancelled,           // cancel() or shutdown; see may_have_reached_peer
  };
  Kind kind = Kind::not_sent;
  /// For the log: what failed, without path, query or headers of the request.
  std::string cause;
  /// False only when it is certain that no byte of the request was handed to the network. A
  /// message must never be sent again on its own after a failure for which this is true.
  bool may_have_reached_peer = false;
  int status = 0;  // the response's status if its head arrived before the failure; else 0
};

using HttpOutcome = tl::expected<HttpResponseIn, TransportFailure>;

/// All run on the client's thread and must not block; the client may be called from within.
struct HttpCallbacks {
  /// Final status and headers (no 1xx), before any chunk. Optional.
  std::function<void(int status, const HttpHeaders& headers)> on_head;
  /// One piece of a streamed body, borrowed for the call and always consumed by it. False pauses
  /// the transfer after this piece until resume(); the peer is slowed down, nothing is lost.
  std::function<bool(std::string_view chunk)> on_chunk;
  /// Exactly once, after everything else.
  std::function<void(HttpOutcome outcome)> on_done;
};

/// Every outbound HTTP request of the host and its plugins: one thread, libcurl's multi interface,
/// pooled connections, HTTP/2 where TLS offers it.
///
/// What it guarantees beyond a response: a request that is not marked idempotent is written at
/// most once, and a failure says whether it can have been written. libcurl by itself repeats any
/// request, POST included, when a pooled connection dies before the first byte of the answer
/// (Curl_retry_request); the peer may have acted on it. The pre-request callback stands between
/// the two writes and ends the second one.
///
/// No proxy, cookies, redirects, netrc or environment variables. [any thread] throughout.
class HttpClient {
 public:
  struct Options {
    std::size_t max_host_connections = 64;  // per scheme, host and port
    std::size_t max_connections = 512;      // pooled and active together
    std::size_t max_in_flight = 10000;      // beyond it a request fails at once, not_sent
    /// A pooled connection idle for longer is not used again. Short, because the peer's own idle
    /// limit (often 60 s) racing our next write is what makes a send ambiguous.
    std::chrono::seconds max_idle{25};
    std::string ca_file{};  // PEM; empty = the system's
    std::string user_agent = "commsd";
  };
  using RequestId = std::uint64_t;  // 0 is never a request

  HttpClient(Options options, std::shared_ptr<Resolver> resolver,
             std::shared_ptr<const EgressPolicy> policy);
  /// Cancels what is in flight (each on_done runs) and joins the thread.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Replaces the rules for requests started from now on (configuration reload).
  void set_policy(std::shared_ptr<const EgressPolicy> policy);

  /// Where `url` leads, or why it would be refused: what start() decides, without starting.
  tl::expected<EgressTarget, std::string> check(std::string_view url,
                                                const EgressList* allowed) const;

  /// Sends and awaits the whole response. `stop` cancels.
  Task<HttpOutcome> send(HttpRequestOut request, std::stop_token stop = {});

  /// Starts a request; everything about it, refusals included, comes through the callbacks.
  RequestId start(HttpRequestOut request, HttpCallbacks callbacks);
  /// Ends a request with `cancelled` unless it is done. Unknown ids are ignored.
  void cancel(RequestId id);
  /// Continues a transfer that on_chunk paused.
  void resume(RequestId id);

  /// Requests started and not done.
  std::size_t in_flight() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace commsd::net
