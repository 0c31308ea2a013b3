#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/task.h"
#include "net/event_loops.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "net/server_options.h"

namespace commsd::net {

/// Counters since start, and gauges, summed over the loops.
struct ServerStats {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over a limit
  std::uint64_t connections_open = 0;     // gauge; streams and WebSockets included
  std::uint64_t requests = 0;
  std::uint64_t requests_in_flight = 0;  // gauge
  std::uint64_t responses_2xx = 0;       // 1xx and 3xx are only in `requests`
  std::uint64_t responses_4xx = 0;
  std::uint64_t responses_5xx = 0;
  std::uint64_t malformed = 0;     // refused by the parser
  std::uint64_t timed_out = 0;     // head, body or write deadline
  std::uint64_t streams_open = 0;  // gauge
  std::uint64_t streams_overflowed = 0;
  std::uint64_t websockets_open = 0;  // gauge
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

/// HTTP/1.1 over Poco sockets and llhttp, one request in flight per connection. Refuses what two
/// parsers could read differently: Content-Length with Transfer-Encoding, codings other than
/// chunked, missing or repeated Host, folded fields, bare CR or LF, NUL.
///
/// Why not Poco::Net::HTTPServer: on 1.11 it holds a thread per keep-alive client, is starved by a
/// few slow ones and executes a request hidden in the body of another
/// (docs/decisions/http-front.md).
class HttpServer {
 public:
  /// `router` must outlive the server and stays unchanged after start().
  HttpServer(EventLoops& loops, ServerOptions options, const Router& router);
  /// Closes what is open. Handlers still suspended keep their connection's memory until they end,
  /// so end them (drain) before the loops stop.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// [any thread but a loop's] Listens. Fails with invalid_argument (address, certificate) or
  /// unavailable (port in use).
  Result<void> start();

  /// The port of the address at `index`: what the kernel chose for port 0.
  std::uint16_t port(std::size_t index = 0) const;

  /// [any executor] Stops accepting, closes idle connections, streams nobody's handler is writing
  /// and WebSockets (1001), lets requests in flight finish, and after `timeout` closes what is
  /// left. Call once.
  Task<void> drain(std::chrono::milliseconds timeout);

  ServerStats stats() const;  // [any thread]

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace commsd::net
