#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <llhttp/llhttp.h>

#include "net/chunked_decoder.h"
#include "net/http_request_head.h"

namespace commsd::net {

/// Reads HTTP/1.x requests from bytes in pieces of any size, one after the other. llhttp parses
/// the head; around it stands what llhttp 8.1 lets pass although two servers may read it
/// differently: folded fields, codings other than chunked, a missing or repeated Host, fields
/// without a name (RFC 9112, sections 3.2, 5, 6.1), and the chunked coding itself. Knows no sockets
/// and no coroutines, so that it can be fuzzed alone.
class HttpParser {
 public:
  struct Limits {
    std::size_t head = std::size_t{16} * 1024;  // bytes of request line and fields
    std::size_t fields = 100;
    std::size_t target = std::size_t{8} * 1024;
  };
  enum class Event {
    need_more,  // all of the input was consumed
    head,       // head() is valid; set_body_limit() now; feed the rest again
    complete,   // body() is valid; start_next() before the next feed()
    failed,     // answer error_status() and close: what follows cannot be framed
  };
  struct Step {
    Event event;
    std::size_t consumed;
  };

  explicit HttpParser(const Limits& limits);
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  Step feed(std::string_view data);
  void set_body_limit(std::size_t bytes) { body_limit_ = bytes; }

  const HttpRequestHead& head() const { return head_; }
  /// Without chunked framing; trailer fields are read and dropped.
  const std::string& body() const { return body_; }
  /// Once it is complete; body() is empty then.
  std::string take_body() { return std::exchange(body_, {}); }
  /// Makes room for as much as Content-Length says, which is within the limit. A body that grows
  /// as it comes lies twice in memory while it moves.
  void reserve_body();

  int error_status() const { return error_status_; }
  /// For the response and the log; holds nothing the client sent.
  std::string_view error_reason() const { return error_reason_; }

  /// True while a request has begun but is not complete: a time-out now deserves a 408.
  bool in_request() const { return state_ == State::body || !head_bytes_.empty(); }
  /// True between the head and the end of the body.
  bool in_body() const { return state_ == State::body; }

  void start_next();

 private:
  enum class State { head, body, complete, failed };

  Step feed_head(std::string_view data);
  Step feed_body(std::string_view data);
  Step fail(int status, std::string_view reason);
  bool scan_lines(std::size_t& end);
  bool parse_head();
  bool validate_head();
  bool validate_framing();
  bool validate_target();
  static const llhttp_settings_t& settings();
  static HttpParser& self(llhttp_t* parser) { return *static_cast<HttpParser*>(parser->data); }

  const Limits limits_;
  State state_ = State::head;
  llhttp_t llhttp_;
  HttpRequestHead head_;
  std::string head_bytes_;
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::size_t lines_ = 0;
  bool skipped_empty_line_ = false;
  bool chunked_ = false;
  ChunkedDecoder chunks_;
  std::uint64_t length_left_ = 0;  // of a body with Content-Length
  std::size_t body_limit_ = 0;
  std::string body_;
  int error_status_ = 0;
  std::string_view error_reason_;
};

}  // namespace commsd::net
