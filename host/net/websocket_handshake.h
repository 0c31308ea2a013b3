#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_request_head.h"

namespace commsd::net {

/// Checks an opening handshake (RFC 6455, section 4.2.1).
struct WebSocketHandshake {
  int status = 101;    // else 400, or 426 for another version than 13
  std::string accept;  // the value of Sec-WebSocket-Accept
};
WebSocketHandshake check_websocket_handshake(const HttpRequestHead& head);

/// The client's Sec-WebSocket-Protocol list, in its order.
std::vector<std::string_view> websocket_subprotocols(const HttpRequestHead& head);

}  // namespace commsd::net
