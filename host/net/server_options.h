#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::net {

struct ListenAddress {
  std::string host = "127.0.0.1";  // an IP address; "::" takes IPv4 as well
  std::uint16_t port = 0;          // 0 = the kernel chooses; see HttpServer::port()
  bool tls = false;
};

/// One finished exchange, for metrics and the access log. Holds no address and no query.
struct RequestRecord {
  std::string_view method;
  std::string_view route;  // the pattern; empty on 404
  int status;
  std::chrono::nanoseconds duration;  // head complete to handler's end
};

struct ServerOptions {
  std::vector<ListenAddress> addresses{ListenAddress{}};
  std::string tls_certificate;  // PEM chain file; needed if an address has tls
  std::string tls_key;          // PEM file

  /// Scheme and authority under which clients reach us, without a trailing slash, e.g.
  /// "https://comms.example.org". Never taken from Host or X-Forwarded-*.
  std::string public_base_url;
  /// Addresses or networks ("10.0.0.0/8", "::1") whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;

  std::size_t max_head = std::size_t{16} * 1024;    // request line and fields; more: 431
  std::size_t max_fields = 100;                     // more: 431
  std::size_t max_target = std::size_t{8} * 1024;   // more: 414
  std::size_t max_body = std::size_t{1024} * 1024;  // unless the route says otherwise; more: 413
  /// Requests at once of whose body more than max_body came, because their route lets it; half of
  /// them of one client (see ClientLimiter). The next one is answered 503, after max_body bytes.
  std::size_t max_large_bodies = 4;
  std::size_t max_stream_queued = std::size_t{256} * 1024;  // unsent bytes of an EventStream
  std::size_t max_connections = 18'000;                     // all together; more are closed at once
  std::size_t max_connections_per_address = 2'000;  // or /64 of IPv6; trusted proxies are exempt

  std::chrono::milliseconds head_deadline{10'000};  // first byte (or accept) to end of head: 408
  std::chrono::milliseconds body_deadline{30'000};  // end of head to end of body: 408
  /// How often a large body is looked at, because others wait for its place: one of which less came
  /// meanwhile than of max_body has to, to be there by body_deadline, is answered 408.
  std::chrono::milliseconds large_body_look{5'000};
  std::chrono::milliseconds idle_deadline{75'000};      // between requests
  std::chrono::milliseconds write_deadline{30'000};     // without any progress
  std::chrono::milliseconds stream_keep_alive{15'000};  // or up to a quarter sooner
  std::chrono::milliseconds websocket_ping{20'000};     // three unanswered: closed

  /// [any loop] Called for every finished exchange; must be quick.
  std::function<void(const RequestRecord&)> on_request;
};

}  // namespace commsd::net
