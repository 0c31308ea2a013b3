#include <charconv>
#include <utility>

#include "net/http_connection.h"
#include "net/websocket_connection.h"

// The responses that are no single answer: event streams and WebSockets.

namespace commsd::net {

std::shared_ptr<EventStream> HttpConnection::start_event_stream(const Headers& headers) {
  if (!begin_response(200)) {
    std::shared_ptr<EventStream> ended(new EventStream(loop(), nullptr, 0));
    ended->end(StreamEnd::client_gone);
    return ended;
  }
  chunked_ = parser_->head().version_minor == 1;
  if (!chunked_) keep_alive_ = false;
  std::string& out = server_.output;
  ResponseHead head(out, 200, server_.date());
  head.field("Content-Type", "text/event-stream");
  head.field("Cache-Control", "no-cache, no-transform").field("X-Accel-Buffering", "no");
  head.fields(headers);
  if (chunked_) head.field("Transfer-Encoding", "chunked");
  append_connection(head);
  head.end();
  std::shared_ptr<EventStream> stream(
      new EventStream(loop(), shared_from_this(), core_->options.max_stream_queued));
  stream_ = stream;
  stream_end_ = StreamEnd::finished;
  server_.counters.streams_open.add();
  if (head_only_) complete_ = true;
  write(out);
  return stream;
}

void HttpConnection::append_to_stream(std::string& out, std::string_view bytes) const {
  if (bytes.empty()) return;
  if (!chunked_) {
    out.append(bytes);
    return;
  }
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16);
  out.append(digits, static_cast<std::size_t>(end.ptr - digits)).append("\r\n");
  out.append(bytes).append("\r\n");
}

void HttpConnection::flush_stream() {
  if (!stream_ || state_ == State::closed || complete_) return;
  const EventStream::Taken taken = stream_->take_queued();
  if (taken.overflowed) {
    server_.counters.streams_overflowed.add();
    close(StreamEnd::overflow);
    return;
  }
  std::string& out = server_.output;
  out.clear();
  append_to_stream(out, taken.bytes);
  if (taken.closing) {
    if (chunked_) out.append("0\r\n\r\n");
    complete_ = true;
  }
  write(out);
}

std::shared_ptr<WebSocket> HttpConnection::upgrade(std::string_view accept,
                                                   std::string_view subprotocol,
                                                   const Headers& headers, bool voice) {
  if (!begin_response(101)) return nullptr;
  std::string response;
  ResponseHead head(response, 101, {});
  head.field("Upgrade", "websocket").field("Connection", "Upgrade");
  head.field("Sec-WebSocket-Accept", accept);
  if (!subprotocol.empty()) head.field("Sec-WebSocket-Protocol", subprotocol);
  head.fields(headers);
  head.end();

  upgraded_ = sent_ = complete_ = true;
  state_ = State::closed;
  loop().remove(transport_->descriptor());
  loop().disarm(*this);
  server_.counters.connections_open.subtract();
  std::string received(consuming_ ? input_rest_ : std::string_view(leftover_));
  auto socket = std::make_shared<WebSocketConnection>(
      core_, voice ? core_->voice() : server_, std::move(transport_), slot_,
      std::string(subprotocol), std::move(received), std::move(response));
  socket->open();
  server_.remove(shared_from_this());
  return socket;
}

}  // namespace commsd::net
