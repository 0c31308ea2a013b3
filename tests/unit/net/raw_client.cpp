#include "raw_client.h"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

#include "net/http_request_head.h"

namespace commsd::net {

std::string RawClient::Response::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string_view line(head.data() + at + 2, end - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name))
      return std::string(line.substr(colon + 2));
    at = end;
  }
  return {};
}

RawClient::RawClient(std::uint16_t port, int receive_buffer) {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval limit{20, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect to the server under test");
}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

RawClient::~RawClient() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has closed: what it answered is what counts
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::read_more() {
  std::array<char, 16384> chunk;
  const ssize_t got = recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_until(std::string_view text) {
  std::size_t at = buffer_.find(text);
  while (at == std::string::npos) {
    if (!read_more()) return {};
    at = buffer_.find(text);
  }
  std::string result = buffer_.substr(0, at + text.size());
  buffer_.erase(0, at + text.size());
  return result;
}

std::string RawClient::read_exactly(std::size_t bytes) {
  while (buffer_.size() < bytes && read_more()) {
  }
  std::string result = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return result;
}

RawClient::Response RawClient::read_response(bool head_only) {
  Response response;
  response.head = read_until("\r\n\r\n");
  if (response.head.size() < 12) return response;
  response.status = std::stoi(response.head.substr(9, 3));
  if (head_only || response.status < 200 || response.status == 204) return response;
  if (response.field("Transfer-Encoding") == "chunked") {
    while (true) {
      const std::string size = read_until("\r\n");
      if (size.empty()) break;
      const std::size_t bytes = std::stoul(size, nullptr, 16);
      const std::string data = read_exactly(bytes + 2);
      if (bytes == 0) break;
      response.body.append(data, 0, bytes);
    }
  } else if (!response.field("Content-Length").empty()) {
    response.body = read_exactly(std::stoul(response.field("Content-Length")));
  } else {
    while (read_more()) {
    }
    response.body = std::exchange(buffer_, {});
  }
  return response;
}

RawClient::Response RawClient::get(std::string_view path) {
  send("GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return read_response();
}

bool RawClient::at_end() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  return recv(descriptor_, &byte, 1, 0) == 0;
}

void RawClient::half_close() {
  shutdown(descriptor_, SHUT_WR);
}

void RawClient::reset() {
  const linger hard{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(std::exchange(descriptor_, -1));
}

}  // namespace commsd::net
