#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace commsd::net {

/// A client that sends exactly the bytes it is told to, over a blocking socket on 127.0.0.1.
/// Reading gives up after 20 s, so that a hung server fails a test instead of hanging it.
class RawClient {
 public:
  struct Response {
    int status = 0;  // 0: the connection ended without a response
    std::string head;
    std::string body;
    /// First value of a header field, in any case; empty when absent.
    std::string field(std::string_view name) const;
  };

  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  /// One response; chunked framing is removed. With `head_only` no body is expected.
  Response read_response(bool head_only = false);
  Response get(std::string_view path);
  /// Reads until `text` has come; everything up to its end is consumed and returned. Empty when
  /// the connection ended first.
  std::string read_until(std::string_view text);
  std::string read_exactly(std::size_t bytes);
  /// True when the server has closed and nothing is left to read.
  bool at_end();
  void half_close();
  void reset();  // closes with RST
  int descriptor() const { return descriptor_; }

 private:
  bool read_more();

  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace commsd::net
