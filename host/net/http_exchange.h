#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "net/event_stream.h"
#include "net/http_headers.h"
#include "net/http_request_head.h"
#include "net/router.h"
#include "net/websocket.h"

namespace Poco::Net {
class HTTPRequest;
class HTTPResponse;
}  // namespace Poco::Net

namespace commsd::net {

class HttpConnection;

/// One request and its response. Belongs to its connection's loop: use it from the handler's
/// coroutine only. Views stay valid until the handler ends. Answer exactly once: by respond(),
/// start_event_stream() or upgrade_websocket(); a second answer is logged and ignored.
class HttpExchange {
 public:
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  ~HttpExchange();

  /// The request as Poco's type, built at the first call. header() is cheaper.
  const Poco::Net::HTTPRequest& request() const;

  std::string_view method() const;  // "GET"
  /// Percent-decoded once. Requests with dot segments, "%2F", "%5C" or "%00" never get here.
  std::string_view path() const;
  /// What follows '?', as received; empty when there is none.
  std::string_view query_string() const;
  /// The first value of a query parameter, form-decoded ('+' is a space). Empty optional when
  /// absent; a malformed escape stays as it is.
  std::optional<std::string> query(std::string_view name) const;
  /// A route parameter (":name", or "*"); empty when the pattern has none of that name.
  std::string_view param(std::string_view name) const;
  /// The first header field of that name, in any case; empty optional when absent.
  std::optional<std::string_view> header(std::string_view name) const;
  const HttpRequestHead& head() const;
  /// The whole body as received, chunked framing removed.
  std::string_view body() const;
  /// The same for who keeps it: body() is empty from then on.
  std::string take_body();
  /// The pattern that matched, e.g. "/admin/api/agents/:id": for metrics. Empty on 404.
  std::string_view route() const;

  /// The client's IP address: the peer, or, if the peer is a trusted proxy, the last address of
  /// X-Forwarded-For that is not one.
  std::string client_address() const;
  bool over_tls() const;
  /// ServerOptions::public_base_url, then path and query exactly as received: what vendors sign.
  std::string external_url() const;

  /// `content_type` empty: no Content-Type. Content-Length, Date and Connection are ours.
  void respond(int status, std::string_view content_type, std::string_view body,
               const Headers& headers = {});
  void respond_json(int status, std::string_view body, const Headers& headers = {}) {
    respond(status, "application/json", body, headers);
  }
  void respond(const Poco::Net::HTTPResponse& response, std::string_view body);
  bool responded() const;

  /// Resumes when the response is in the kernel's hands (true) or the client is gone (false). For
  /// work that counts only once the answer has left, such as acknowledging a fetch.
  Task<bool> written();

  /// Before the answer: tells the client not to use the connection again. For an event stream that
  /// ends while its handler goes on, because the next request would wait for the handler.
  void close_after_response();

  /// Answers 200 text/event-stream. The stream may outlive the handler.
  std::shared_ptr<EventStream> start_event_stream(const Headers& headers = {});

  /// Answers 101, or, when the request is no valid WebSocket handshake (RFC 6455 section 4.2.1),
  /// 400 or 426 and null. `subprotocol` must be one the client offered, or empty.
  std::shared_ptr<WebSocket> upgrade_websocket(std::string_view subprotocol = {},
                                               const Headers& headers = {});
  /// The client's Sec-WebSocket-Protocol list, in its order.
  std::vector<std::string_view> offered_subprotocols() const;

  /// Stops when the client has gone away; check it before work that must not be wasted. Callbacks
  /// run on the loop. A client that half-closes counts as gone, but is still answered.
  std::stop_token disconnected() const;
  /// Stops when the server drains: a long poll ends early then, with what it has.
  std::stop_token draining() const;

  EventLoop& loop() const;

 private:
  friend class HttpConnection;
  explicit HttpExchange(HttpConnection& connection);

  HttpConnection& connection_;
  std::string path_;
  Router::Match match_;
  mutable std::unique_ptr<Poco::Net::HTTPRequest> request_;  // when asked for
};

}  // namespace commsd::net
