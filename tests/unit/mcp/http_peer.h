#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::mcp::testing {

/// A blocking HTTP/1.1 client on one real socket, for tests that look at bytes. Reads end with a
/// failed test after ten seconds.
class HttpPeer {
 public:
  struct Response {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? std::string() : found->second;
    }
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit HttpPeer(std::uint16_t port);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  /// Sends a request. Host is added unless `fields` has one.
  void send(const std::string& method, const std::string& target, const Fields& fields,
            std::string_view body = {});
  /// Reads status and headers; the body too, unless it is an event stream.
  Response receive();
  /// Reads status and headers only: the answer to HEAD.
  Response receive_head();
  Response exchange(const std::string& method, const std::string& target, const Fields& fields,
                    std::string_view body = {}) {
    send(method, target, fields, body);
    return receive();
  }

  struct Event {
    std::string name;
    std::string data;
    std::string id;
    bool ended = false;  // the stream is over; nothing else is set
  };
  /// The next event with data, of the stream that receive() found.
  Event next_event();
  /// The id of the event that comes first, data or not; it stays to be read.
  std::string first_event_id();
  /// What the stream said so far of resumption: the id of the last event, empty ones included, and
  /// the last `retry`.
  const std::string& last_event_id() const { return last_event_id_; }
  const std::string& retry() const { return retry_; }

  void close();

 private:
  bool fill();  // false at the end
  bool fill_stream();

  int descriptor_ = -1;
  std::string buffer_;
  bool chunked_ = false;
  std::string stream_;
  bool stream_ended_ = false;
  std::string last_event_id_;
  std::string retry_;
};

}  // namespace commsd::mcp::testing
