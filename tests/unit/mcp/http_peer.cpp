#include "mcp/http_peer.h"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "base/text.h"

namespace commsd::mcp::testing {

HttpPeer::HttpPeer(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval limit{10, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

HttpPeer::~HttpPeer() {
  close();
}

void HttpPeer::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void HttpPeer::send(const std::string& method, const std::string& target, const Fields& fields,
                    std::string_view body) {
  std::string text = method + " " + target + " HTTP/1.1\r\n";
  bool has_host = false;
  for (const auto& [name, value] : fields) {
    has_host = has_host || name == "Host";
    text += name + ": " + value + "\r\n";
  }
  if (!has_host) text += "Host: localhost\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  std::string_view left = text;
  while (!left.empty()) {
    const auto sent = ::send(descriptor_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool HttpPeer::fill() {
  std::array<char, 16384> bytes{};
  const auto count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  EXPECT_GE(count, 0) << "no answer";
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

HttpPeer::Response HttpPeer::receive_head() {
  Response response;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return response;
  }
  const std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  const std::vector<std::string_view> lines = split(head, '\n');
  response.status = std::atoi(std::string(lines.front().substr(9, 3)).c_str());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    response.headers[to_lower_ascii(lines[i].substr(0, colon))] = trim(lines[i].substr(colon + 1));
  }
  return response;
}

HttpPeer::Response HttpPeer::receive() {
  Response response = receive_head();
  chunked_ = response.header("transfer-encoding") == "chunked";
  if (response.header("content-type").starts_with("text/event-stream")) {
    stream_.clear();
    stream_ended_ = false;
    last_event_id_.clear();
    retry_.clear();
    return response;
  }
  const auto length =
      static_cast<std::size_t>(std::atol(response.header("content-length").c_str()));
  while (buffer_.size() < length) {
    if (!fill()) break;
  }
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return response;
}

bool HttpPeer::fill_stream() {
  if (stream_ended_) return false;
  if (!chunked_) {
    if (buffer_.empty() && !fill()) {
      stream_ended_ = true;
      return false;
    }
    stream_ += std::exchange(buffer_, {});
    return true;
  }
  std::size_t line = 0;
  while ((line = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) {
      stream_ended_ = true;
      return false;
    }
  }
  const std::size_t size = std::strtoul(buffer_.substr(0, line).c_str(), nullptr, 16);
  while (buffer_.size() < line + 2 + size + 2) {
    if (!fill()) break;
  }
  stream_ += buffer_.substr(line + 2, size);
  buffer_.erase(0, line + 2 + size + 2);
  stream_ended_ = size == 0;
  return !stream_ended_;
}

std::string HttpPeer::first_event_id() {
  while (stream_.find("id: ") == std::string::npos || !stream_.ends_with("\n\n")) {
    if (!fill_stream()) return {};
  }
  const std::size_t at = stream_.find("id: ") + 4;
  return stream_.substr(at, stream_.find('\n', at) - at);
}

HttpPeer::Event HttpPeer::next_event() {
  while (true) {
    const std::size_t end = stream_.find("\n\n");
    if (end == std::string::npos) {
      if (!fill_stream()) return {{}, {}, {}, true};
      continue;
    }
    Event event;
    const std::string block = stream_.substr(0, end);
    for (const std::string_view line : split(block, '\n')) {
      if (line.starts_with("event: ")) event.name = line.substr(7);
      if (line.starts_with("id: ")) event.id = last_event_id_ = line.substr(4);
      if (line.starts_with("retry: ")) retry_ = line.substr(7);
      if (line.starts_with("data: ")) event.data += line.substr(6);
    }
    stream_.erase(0, end + 2);
    if (!event.data.empty()) return event;  // a priming event has none
  }
}

}  // namespace commsd::mcp::testing
