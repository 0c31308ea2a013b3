#include "net/ws_client_connection.h"

#include <algorithm>
#include <charconv>
#include <poll.h>
#include <sys/socket.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/digest.h"
#include "base/text.h"

namespace commsd::net {

namespace {

constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::size_t kInflowWindow = 256 * 1024;
constexpr std::chrono::seconds kCloseTimeout{5};

std::string accept_for(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
  unsigned char digest[20];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha1(), nullptr);
  return base64_encode(std::string_view(reinterpret_cast<const char*>(digest), length));
}

/// Path and query of `url` as they go into the request line; a fragment is not sent.
std::string request_target(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t begin = url.find_first_of("/?#", host);
  if (begin == std::string::npos || url[begin] == '#') return "/";
  std::string target = url.substr(begin, url.find('#', begin) - begin);
  return target.front() == '?' ? "/" + target : target;
}

bool has_token(std::string_view list, std::string_view token) {
  for (const std::string_view part : split(list, ',')) {
    if (to_lower_ascii(trim(part)) == token) return true;
  }
  return false;
}

bool is_safe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
  });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_ours(std::string_view lower_name) {
  return lower_name == "host" || lower_name == "connection" || lower_name == "upgrade" ||
         lower_name == "content-length" || lower_name == "transfer-encoding" ||
         lower_name.starts_with("sec-websocket-") || lower_name.starts_with("proxy-");
}

}  // namespace

WsConnection::WsConnection(WsRequest request, WsCallbacks callbacks, Executor& executor, Wake wake)
    : request_(std::move(request)),
      callbacks_(std::make_shared<WsCallbacks>(std::move(callbacks))),
      executor_(executor),
      wake_(std::move(wake)),
      deadline_(std::chrono::steady_clock::now() + request_.open_timeout),
      reader_(request_.max_message) {}

WsConnection::~WsConnection() {
  if (easy_) curl_easy_cleanup(easy_);
  curl_slist_free_all(resolve_);
}

WsSocket::Queued WsConnection::send(bool text, std::string_view message) {
  {
    const std::lock_guard lock(mutex_);
    if (over_ || close_wanted_ || abort_wanted_) return Queued::closed;
    if (queued_bytes_ > 0 && queued_bytes_ + message.size() > max_queued) return Queued::full;
    queued_.push_back({text, std::string(message)});
    queued_bytes_ += message.size();
  }
  wake_();
  return Queued::yes;
}

void WsConnection::close(std::uint16_t code, std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    if (over_ || close_wanted_) return;
    close_wanted_.emplace(code, reason);
  }
  wake_();
}

void WsConnection::abort() {
  {
    const std::lock_guard lock(mutex_);
    abort_wanted_ = true;
  }
  wake_();
}

void WsConnection::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void WsConnection::resume() {
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  wake_();
}

curl_socket_t WsConnection::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& connection = *static_cast<WsConnection*>(self);
  if (!connection.target_.exempt && !EgressPolicy::is_public(&address->addr)) {
    connection.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::optional<std::string> WsConnection::prepare(const std::vector<std::string>& addresses,
                                                 const WsClient::Options& options) {
  for (const auto& [name, value] : request_.headers) {
    const std::string lower = to_lower_ascii(name);
    if (!is_header_name(name)) return "a header name is malformed";
    if (is_ours(lower)) return "the header " + lower + " may not be set";
    if (!is_safe(value)) return "the header " + lower + " holds a control character";
  }
  if (!is_safe(request_.subprotocols)) return "the subprotocols hold a control character";
  easy_ = curl_easy_init();
  if (!easy_) return "out of memory";
  curl_easy_setopt(easy_, CURLOPT_URL, (target_.origin() + "/").c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request_.open_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!target_.literal) {
    resolve_ = curl_slist_append(nullptr, target_.resolve_entry(addresses).c_str());
    curl_easy_setopt(easy_, CURLOPT_RESOLVE, resolve_);
  }
  return std::nullopt;
}

void WsConnection::connected() {
  if (state_ != State::connecting) return;
  if (curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket_) != CURLE_OK ||
      socket_ == CURL_SOCKET_BAD) {
    fail(WsEnd::Kind::unavailable, "the connection was lost");
    return;
  }
  std::string nonce(16, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), 16);
  key_ = base64_encode(nonce);
  const std::string origin = target_.origin();
  out_ = "GET " + request_target(request_.url) +
         " HTTP/1.1\r\nHost: " + origin.substr(origin.find("://") + 3) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: " +
         key_ + "\r\n";
  if (!request_.subprotocols.empty()) {
    out_ += "Sec-WebSocket-Protocol: " + request_.subprotocols + "\r\n";
  }
  for (const auto& [name, value] : request_.headers) out_ += name + ": " + value + "\r\n";
  out_ += "\r\n";
  state_ = State::upgrading;
  write_out();
}

void WsConnection::connect_failed(CURLcode code) {
  if (address_refused_) {
    fail(WsEnd::Kind::refused_by_egress, "the address is not public");
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    fail(WsEnd::Kind::timeout, "no connection within the time limit");
  } else {
    fail(WsEnd::Kind::unavailable, curl_easy_strerror(code));
  }
}

void WsConnection::fail(WsEnd::Kind kind, std::string cause) {
  WsEnd how;
  how.kind = kind;
  how.cause = target_.host.empty() ? std::move(cause) : target_.origin() + ": " + cause;
  end(std::move(how));
}

bool WsConnection::may_read() {
  const std::lock_guard lock(mutex_);
  return !paused_ && inflow_->waiting < kInflowWindow;
}

short WsConnection::wanted_events() {
  short events = 0;
  if (state_ == State::upgrading || state_ == State::closing || may_read()) events |= POLLIN;
  if (out_sent_ < out_.size()) events |= POLLOUT;
  return events;
}

void WsConnection::run(Time now, std::chrono::milliseconds ping_interval) {
  ping_interval_ = ping_interval;
  take_commands(now);
  if (socket_ != CURL_SOCKET_BAD && state_ != State::ended) {
    write_out();
    read_in(now);
    write_out();
  }
  if (state_ == State::ended || now < deadline_) return;
  switch (state_) {
    case State::connecting:
    case State::upgrading:
      fail(WsEnd::Kind::timeout, "not open within the time limit");
      break;
    case State::open:
      if (pinged_ && may_read()) {
        end(WsEnd{WsEnd::Kind::closed, 1006, "", 0, "no sign of life"});
        break;
      }
      frame(WsOpcode::ping, "");
      pinged_ = true;
      deadline_ = now + ping_interval;
      write_out();
      break;
    default:
      end(WsEnd{WsEnd::Kind::closed, close_code_, close_reason_, 0, "the peer did not close"});
  }
}

void WsConnection::take_commands(Time now) {
  std::vector<Outgoing> messages;
  std::optional<std::pair<std::uint16_t, std::string>> closing;
  bool aborted = false;
  {
    const std::lock_guard lock(mutex_);
    aborted = abort_wanted_;
    if (state_ == State::open) {
      messages.swap(queued_);
      closing = close_wanted_;
    }
  }
  if (aborted && state_ != State::ended) {
    end(WsEnd{state_ == State::open || state_ == State::closing ? WsEnd::Kind::closed
                                                                : WsEnd::Kind::unavailable,
              1006, "", 0, "closed by this side"});
    return;
  }
  for (const Outgoing& item : messages) {
    frame(item.text ? WsOpcode::text : WsOpcode::binary, item.message);
  }
  if (closing) begin_close(closing->first, closing->second, now);
}

void WsConnection::frame(WsOpcode opcode, std::string_view payload) {
  std::array<std::uint8_t, 4> mask{};
  RAND_bytes(mask.data(), static_cast<int>(mask.size()));
  append_ws_frame(out_, opcode, payload, mask);
}

void WsConnection::begin_close(std::uint16_t code, std::string_view reason, Time now) {
  if (state_ != State::open) return;
  frame(WsOpcode::close, ws_close_payload(code, reason));
  state_ = State::closing;
  deadline_ = now + kCloseTimeout;
}

void WsConnection::write_out() {
  while (out_sent_ < out_.size() && state_ != State::ended) {
    std::size_t sent = 0;
    const CURLcode code =
        curl_easy_send(easy_, out_.data() + out_sent_, out_.size() - out_sent_, &sent);
    if (code == CURLE_AGAIN) break;
    if (code != CURLE_OK) {
      if (state_ == State::upgrading) {
        fail(WsEnd::Kind::unavailable, "the connection was lost before the upgrade");
      } else {
        end(WsEnd{WsEnd::Kind::closed, close_code_, close_reason_, 0, "the connection was lost"});
      }
      return;
    }
    out_sent_ += sent;
  }
  out_.erase(0, out_sent_);
  out_sent_ = 0;
  const std::lock_guard lock(mutex_);
  queued_bytes_ = out_.size();
  for (const Outgoing& item : queued_) queued_bytes_ += item.message.size();
}

void WsConnection::read_in(Time now) {
  char bytes[16384];
  while (state_ != State::ended) {
    if (state_ == State::open) {
      take_messages(now);  // what a full window held back
      if (state_ != State::open || !may_read()) return;
    }
    std::size_t got = 0;
    const CURLcode code = curl_easy_recv(easy_, bytes, sizeof bytes, &got);
    if (code == CURLE_AGAIN) return;
    if (code != CURLE_OK || got == 0) {
      if (state_ == State::upgrading) {
        fail(WsEnd::Kind::unavailable, "the connection was lost during the upgrade");
      } else {
        end(WsEnd{WsEnd::Kind::closed, close_code_, close_reason_, 0, "the connection was lost"});
      }
      return;
    }
    take_bytes({bytes, got}, now);
  }
}

void WsConnection::take_bytes(std::string_view bytes, Time now) {
  pinged_ = false;
  if (state_ == State::open) deadline_ = now + ping_interval_;
  if (state_ != State::upgrading) {
    reader_.feed(bytes);
    take_messages(now);
    return;
  }
  head_ += bytes;
  const std::size_t end_of_head = head_.find("\r\n\r\n");
  if (end_of_head == std::string::npos) {
    if (head_.size() > kMaxHead) fail(WsEnd::Kind::unavailable, "the upgrade's answer is too long");
    return;
  }
  const std::string rest = head_.substr(end_of_head + 4);
  head_.resize(end_of_head);
  if (!take_upgrade()) return;
  state_ = State::open;
  deadline_ = now + ping_interval_;
  reader_.feed(rest);
  take_commands(now);
  take_messages(now);
}

bool WsConnection::take_upgrade() {
  const auto lines = split(head_, '\n');
  const std::string_view first = trim(lines.front());
  WsEnd refused;
  refused.kind = WsEnd::Kind::unavailable;
  if (first.size() >= 12 && first.starts_with("HTTP/1.1 ")) {
    std::from_chars(first.data() + 9, first.data() + 12, refused.http_status);  // else it stays 0
  }
  bool upgrade = false;
  bool connection = false;
  bool extension = false;
  std::string accept;
  std::string subprotocol;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos) continue;
    const std::string name = to_lower_ascii(trim(lines[i].substr(0, colon)));
    const std::string_view value = trim(lines[i].substr(colon + 1));
    if (name == "upgrade") upgrade = to_lower_ascii(value) == "websocket";
    if (name == "connection") connection = has_token(value, "upgrade");
    if (name == "sec-websocket-accept") accept = value;
    if (name == "sec-websocket-protocol") subprotocol = value;
    if (name == "sec-websocket-extensions") extension = true;
  }
  const bool offered = subprotocol.empty() || has_token(to_lower_ascii(request_.subprotocols),
                                                        to_lower_ascii(subprotocol));
  if (refused.http_status != 101) {
    refused.cause = target_.origin() + ": the upgrade was refused";
  } else if (!upgrade || !connection || extension || !offered || accept != accept_for(key_)) {
    refused.http_status = 0;
    refused.cause = target_.origin() + ": the upgrade's answer is not RFC 6455";
  }
  if (!refused.cause.empty()) {
    end(std::move(refused));
    return false;
  }
  executor_.post([callbacks = callbacks_, subprotocol] {
    if (callbacks->on_open) callbacks->on_open(subprotocol);
  });
  return true;
}

void WsConnection::take_messages(Time now) {
  while (state_ == State::open || state_ == State::closing) {
    if (state_ == State::open && !may_read()) return;
    auto message = reader_.next();
    if (!message) break;
    take_message(std::move(*message), now);
  }
  if (reader_.error() != 0 && state_ == State::open) {
    begin_close(reader_.error(), "", now);
    close_code_ = reader_.error();
    write_out();
    if (state_ != State::ended) {
      end(WsEnd{WsEnd::Kind::closed, close_code_, "", 0, "the peer broke the protocol"});
    }
  }
}

void WsConnection::take_message(WsFrameReader::Message message, Time now) {
  switch (message.opcode) {
    case WsOpcode::ping:
      // Pongs do not pile up: a peer that pings without reading gets one for many.
      if (out_.size() < max_queued) frame(WsOpcode::pong, message.payload);
      return;
    case WsOpcode::pong:
      return;
    case WsOpcode::close: {
      const bool answered = state_ == State::closing;
      if (!answered) {
        begin_close(message.close_code == 1005 ? 1000 : message.close_code, "", now);
        write_out();
      }
      if (state_ != State::ended) {
        end(WsEnd{WsEnd::Kind::closed, message.close_code, std::move(message.payload), 0, ""});
      }
      return;
    }
    default:
      break;
  }
  if (state_ == State::closing) return;
  const std::size_t size = message.payload.size() + 64;
  inflow_->waiting += size;
  executor_.post([callbacks = callbacks_, inflow = inflow_, wake = wake_, size,
                  text = message.opcode == WsOpcode::text,
                  payload = std::move(message.payload)]() mutable {
    if (callbacks->on_message) callbacks->on_message(text, std::move(payload));
    const std::size_t before = inflow->waiting.fetch_sub(size);
    if (before >= kInflowWindow && before - size < kInflowWindow) wake();
  });
}

void WsConnection::end(WsEnd how) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    queued_.clear();
  }
  executor_.post([callbacks = callbacks_, how = std::move(how)] {
    const auto on_end = std::move(callbacks->on_end);
    *callbacks = {};  // what they refer to is let go with the socket
    if (on_end) on_end(how);
  });
}

}  // namespace commsd::net
