#include "net/http_connection.h"

#include <algorithm>
#include <exception>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

#include "base/json_writer.h"
#include "net/http_target.h"
#include "telemetry/log.h"

namespace commsd::net {

namespace {

constexpr std::chrono::milliseconds linger_deadline{2'000};
// A response this large is rare; its buffer is not kept for the next one.
constexpr std::size_t kept_output = std::size_t{256} * 1024;

std::string error_body(std::string_view code, std::string_view message) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.field("code", code).field("message", message);
  out.end_object().end_object();
  return out.take();
}

}  // namespace

/// Starts at once and destroys itself at its end: the common handler runs to its end in here.
struct HttpConnection::Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

HttpConnection::HttpConnection(std::shared_ptr<ServerCore> core, ServerLoop& server,
                               std::unique_ptr<Transport> transport, ClientLimiter::Slot slot)
    : core_(std::move(core)),
      server_(server),
      transport_(std::move(transport)),
      slot_(std::make_shared<ClientLimiter::Slot>(std::move(slot))),
      parser_(std::make_unique<HttpParser>(HttpParser::Limits{
          core_->options.max_head, core_->options.max_fields, core_->options.max_target})),
      encrypted_(transport_->encrypted()) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::open() {
  server_.counters.connections_open.add();
  server_.add(shared_from_this());
  interest_ = EPOLLIN | EPOLLRDHUP;
  try {
    loop().add(transport_->descriptor(), interest_, *this);
  } catch (const std::system_error& error) {
    log::error("connection_not_watched", {{"code", error.code().value()}});
    close(StreamEnd::client_gone);
    return;
  }
  update_timer();
}

void HttpConnection::on_events(std::uint32_t events) {
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    close(StreamEnd::client_gone);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    if (!output_.empty()) write({});
    if (state_ == State::reading && transport_->wants_write()) read_input();
  }
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) {
    if (state_ == State::reading || state_ == State::lingering) {
      read_input();
    } else if (state_ == State::handling) {
      read_paused_ = true;
      if ((events & EPOLLRDHUP) != 0) peer_ended();
    }
  }
  if (state_ == State::closed) return;
  update_interest();
  update_timer();
}

void HttpConnection::read_input() {
  do {
    const Transport::Outcome outcome = transport_->read(server_.input.data(), server_.input.size());
    if (outcome.status == Transport::Status::again) return;
    if (outcome.status != Transport::Status::ok) {
      close(StreamEnd::client_gone);
      return;
    }
    server_.counters.bytes_received.add(outcome.bytes);
    if (state_ == State::reading) consume({server_.input.data(), outcome.bytes});
  } while ((state_ == State::reading || state_ == State::lingering) && transport_->pending());
}

/// Reads requests and runs their handlers until the input is used up or a handler suspends.
void HttpConnection::consume(std::string_view data) {
  consuming_ = true;
  input_rest_ = data;
  while (state_ == State::reading) {
    const HttpParser::Step step = parser_->feed(input_rest_);
    input_rest_.remove_prefix(step.consumed);
    if (step.event == HttpParser::Event::need_more) {
      if (admit_large_body()) send_continue();
      break;
    }
    if (step.event == HttpParser::Event::failed) {
      server_.counters.malformed.add();
      refuse(parser_->error_status(), parser_->error_reason());
    } else if (step.event == HttpParser::Event::head) {
      if (!on_head()) break;
    } else {
      dispatch();
      if (input_rest_.empty()) break;
    }
  }
  if (state_ == State::handling && !input_rest_.empty()) leftover_.assign(input_rest_);
  consuming_ = false;
  input_rest_ = {};
}

bool HttpConnection::on_head() {
  const HttpRequestHead& head = parser_->head();
  keep_alive_ = head.keep_alive && !core_->draining.stop_requested();
  head_only_ = head.method == "HEAD";
  exchange_.reset(new HttpExchange(*this));
  auto path = head.target == "*" ? std::optional<std::string>("*")
                                 : decode_path(split_target(head.target).path);
  if (!path) {
    server_.counters.malformed.add();
    refuse(400, "the path has a malformed escape, an escaped separator or a dot segment");
    return false;
  }
  exchange_->path_ = std::move(*path);
  exchange_->match_ = core_->router.match(head.method, exchange_->path_);
  const Router::Route* route = exchange_->match_.route;
  const std::size_t limit = route != nullptr ? route->options.max_body : 0;
  parser_->set_body_limit(limit != 0 ? limit : core_->options.max_body);
  body_due_ = loop().now_ms() + core_->options.body_deadline.count();
  return true;
}

/// What a route takes beyond the usual comes before anybody was asked who he is, and the handler
/// may need it several times in memory: only so many at once.
bool HttpConnection::admit_large_body() {
  if (large_body_ || parser_->body().size() <= core_->options.max_body) return true;
  auto slot = core_->large_bodies->acquire(exchange_->client_address(), false);
  if (!slot) {
    log::warn("large_body_refused", {{"route", exchange_->route()}});
    refuse(503, "too many large requests at this moment; come again", {{"Retry-After", "5"}});
    return false;
  }
  large_body_ = std::make_unique<LargeBody>(LargeBody{std::move(*slot), parser_->body().size()});
  parser_->reserve_body();
  return true;
}

/// Whether so much of it came since the last look that others may be kept waiting for its place.
/// Since the last one, not since it began: whoever sent much at first could rest on it.
bool HttpConnection::large_body_goes_on() {
  const ServerOptions& options = core_->options;
  const std::size_t size = parser_->body().size();
  const std::size_t came = size - std::exchange(large_body_->seen, size);
  return loop().now_ms() < body_due_ &&
         came * static_cast<std::size_t>(options.body_deadline.count()) >
             options.max_body * static_cast<std::size_t>(options.large_body_look.count());
}

/// RFC 9110, section 10.1.1: only while nothing of the body has come, and its length is accepted.
void HttpConnection::send_continue() {
  if (continued_ || !parser_->in_body() || !parser_->head().expects_continue ||
      !parser_->body().empty())
    return;
  continued_ = true;
  write("HTTP/1.1 100 Continue\r\n\r\n");
}

void HttpConnection::dispatch() {
  state_ = State::handling;
  served_ = true;
  running_ = true;
  server_.counters.requests.add();
  server_.counters.requests_in_flight.add();
  if (core_->options.on_request) started_ = std::chrono::steady_clock::now();

  const Router::Match& match = exchange_->match_;
  const Router& router = core_->router;
  const Router::Route* route = match.route;
  if (route == nullptr && exchange_->method() == "OPTIONS") route = router.options_hook();
  if (route == nullptr)
    route = match.allow.empty() ? router.not_found_hook() : router.method_not_allowed_hook();
  if (route != nullptr) {
    run_handler(shared_from_this(), route->handler);
    return;
  }
  if (exchange_->method() == "OPTIONS" && (!match.allow.empty() || exchange_->path() == "*")) {
    respond_built_in(204, match.allow);
  } else {
    respond_built_in(match.allow.empty() ? 404 : 405, match.allow);
  }
  handler_ended(false);
}

void HttpConnection::respond_built_in(int status, std::string_view allow) {
  Headers headers;
  if (!allow.empty()) headers.push_back({"Allow", std::string(allow)});
  if (status == 204) {
    respond(status, {}, {}, headers);
  } else if (status == 405) {
    respond(status, "application/json",
            error_body("method_not_allowed", "this path does not take that method; see Allow"),
            headers);
  } else {
    respond(status, "application/json", error_body("not_found", "there is nothing at this path"),
            headers);
  }
}

HttpConnection::Detached HttpConnection::run_handler(std::shared_ptr<HttpConnection> self,
                                                     const Handler& handler) {
  bool threw = true;
  try {
    co_await handler(*self->exchange_);
    threw = false;
  } catch (const std::exception& error) {
    log::error("handler_failed", {{"route", self->exchange_->route()}, {"cause", error.what()}});
  } catch (...) {
    log::error("handler_failed", {{"route", self->exchange_->route()}});
  }
  self->handler_ended(threw);
}

void HttpConnection::handler_ended(bool threw) {
  server_.counters.requests_in_flight.subtract();
  if (!threw && !responded_ && state_ != State::closed)
    log::error("handler_gave_no_response", {{"route", exchange_->route()}});
  if (state_ != State::closed && (threw || !responded_)) {
    keep_alive_ = false;
    if (!responded_)
      respond(500, "application/json", error_body("internal", "the server failed; see its log"),
              {});
    else if (stream_)
      stream_->close();
  }
  if (core_->options.on_request)
    core_->options.on_request({exchange_->method(), exchange_->route(), status_,
                               std::chrono::steady_clock::now() - started_});
  running_ = false;  // not before: what ends the connection above leaves us the exchange
  exchange_.reset();
  disconnect_.reset();
  // A stream may live for hours: what its request needed goes now.
  if (stream_ && !complete_) {
    parser_.reset();
    large_body_.reset();
  }
  if (state_ == State::closed) return;
  if (stream_ && !complete_ && core_->draining.stop_requested()) drain();
  finish_if_done();
  if (!consuming_ && state_ != State::closed) {
    update_interest();
    update_timer();
  }
}

bool HttpConnection::begin_response(int status) {
  if (responded_) log::error("second_response_ignored", {{"route", exchange_->route()}});
  if (responded_ || state_ == State::closed) return false;
  responded_ = true;
  status_ = status;
  if (status >= 500) {
    server_.counters.responses_5xx.add();
  } else if (status >= 400) {
    server_.counters.responses_4xx.add();
  } else if (status >= 200 && status < 300) {
    server_.counters.responses_2xx.add();
  }
  server_.output.clear();
  if (server_.output.capacity() > kept_output) server_.output.shrink_to_fit();
  return true;
}

void HttpConnection::append_connection(ResponseHead& head) const {
  if (!keep_alive_) {
    head.field("Connection", "close");
  } else if (parser_->head().version_minor == 0) {
    head.field("Connection", "keep-alive");
  }
}

void HttpConnection::respond(int status, std::string_view content_type, std::string_view body,
                             const Headers& headers) {
  if (!begin_response(status)) return;
  const bool bodyless = status < 200 || status == 204 || status == 304;
  std::string& out = server_.output;
  ResponseHead head(out, status, server_.date());
  if (!content_type.empty()) head.field("Content-Type", content_type);
  head.fields(headers);
  if (!bodyless) head.content_length(body.size());
  append_connection(head);
  head.end();
  if (!bodyless && !head_only_) out.append(body);
  complete_ = true;
  write(out);
}

/// Answers what never reached a handler. The connection cannot be used again: where the next
/// request would begin is not known.
void HttpConnection::refuse(int status, std::string_view reason, const Headers& headers) {
  state_ = State::closing;
  keep_alive_ = false;
  std::string_view code = "invalid_argument";
  if (status == 408) code = "timeout";
  if (status == 413 || status == 414 || status == 431) code = "too_large";
  if (status == 503) code = "unavailable";
  head_only_ = false;
  const std::string dropped = parser_->take_body();
  large_body_.reset();  // now: the peer may take its time to go
  respond(status, "application/json", error_body(code, reason), headers);
  if (state_ != State::closed) exchange_.reset();
}

Task<bool> HttpConnection::written() {
  if (sent_) co_return true;
  if (state_ == State::closed) co_return false;
  Completion<bool> done;
  written_.push_back(done);
  const bool sent = co_await done;
  co_return sent;
}

std::stop_token HttpConnection::disconnected() {
  if (!disconnect_) {
    disconnect_ = std::make_unique<std::stop_source>();
    if (gone()) disconnect_->request_stop();
  }
  return disconnect_->get_token();
}

/// Sends `data` behind what waits. May close the connection, or finish the request.
void HttpConnection::write(std::string_view data) {
  if (state_ == State::closed) return;
  std::size_t sent = 0;
  const OutputQueue::State state = output_.write(*transport_, data, sent);
  server_.counters.bytes_sent.add(sent);
  if (state == OutputQueue::State::failed) {
    close(StreamEnd::client_gone);
    return;
  }
  if (stream_) stream_->set_unsent(output_.size());
  if (output_.empty() && complete_) {
    sent_ = true;
    for (const Completion<bool>& waiter : std::exchange(written_, {})) waiter.complete(true);
    if (stream_) {
      server_.counters.streams_open.subtract();
      std::exchange(stream_, nullptr)->end(stream_end_);
    }
    finish_if_done();
    if (state_ == State::closed) return;
  }
  if (consuming_ && output_.empty()) return;  // on_events() looks after the rest
  update_interest();
  update_timer(sent > 0);
}

void HttpConnection::finish_if_done() {
  if (running_ || !sent_ || state_ == State::closed) return;
  if (state_ == State::closing) {
    start_linger();
  } else if (state_ == State::handling) {
    if (keep_alive_ && !peer_ended_) {
      next_request();
    } else {
      close(StreamEnd::finished);
    }
  }
}

void HttpConnection::next_request() {
  state_ = State::reading;
  responded_ = complete_ = sent_ = continued_ = read_paused_ = false;
  timer_ = Timer::none;
  if (parser_) {
    parser_->start_next();
  } else {
    parser_ = std::make_unique<HttpParser>(HttpParser::Limits{
        core_->options.max_head, core_->options.max_fields, core_->options.max_target});
  }
  large_body_.reset();
  if (consuming_) return;  // consume() goes on with what it has
  if (!leftover_.empty()) {
    const std::string data = std::exchange(leftover_, {});
    consume(data);
  }
  if (state_ == State::reading && transport_->pending()) read_input();
}

/// Closing a socket with unread input resets the connection, and the reset may overtake the
/// response. So our side is ended first, and the peer gets a moment to read and to stop.
void HttpConnection::start_linger() {
  state_ = State::lingering;
  transport_->shutdown_write();
  update_interest();
  update_timer();
}

void HttpConnection::peer_ended() {
  if (peer_ended_) return;
  if (stream_) {
    close(StreamEnd::client_gone);
    return;
  }
  peer_ended_ = true;
  if (disconnect_) disconnect_->request_stop();
}

void HttpConnection::drain() {
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  keep_alive_ = false;
  if (state_ == State::reading && !parser_->in_request()) {
    // A request may be waiting in the socket. Closing over it would reset the connection, and the
    // client could not tell whether it was acted on.
    read_input();
    if (state_ == State::reading && !parser_->in_request()) close(StreamEnd::server_stopping);
    if (state_ == State::closed) return;
    update_interest();
    update_timer();
  } else if (stream_ && !running_) {
    stream_end_ = StreamEnd::server_stopping;
    stream_->close();
  }
}

void HttpConnection::abort() {
  close(StreamEnd::server_stopping);
}

void HttpConnection::close(StreamEnd reason) {
  if (state_ == State::closed) return;
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  state_ = State::closed;
  loop().remove(transport_->descriptor());
  loop().disarm(*this);
  // TLS tells an end from a cut by close_notify (RFC 8446, section 6.1).
  if (encrypted_ && (reason == StreamEnd::finished || reason == StreamEnd::server_stopping))
    transport_->shutdown_write();
  transport_.reset();
  server_.counters.connections_open.subtract();
  server_.remove(self);
  if (stream_) {
    server_.counters.streams_open.subtract();
    std::exchange(stream_, nullptr)->end(reason);
  }
  for (const Completion<bool>& waiter : std::exchange(written_, {})) waiter.complete(false);
  if (disconnect_) disconnect_->request_stop();
  if (!running_) exchange_.reset();
}

void HttpConnection::update_interest() {
  if (state_ == State::closed) return;
  std::uint32_t wanted = 0;
  if (state_ == State::reading || (state_ == State::handling && !read_paused_))
    wanted = EPOLLIN | EPOLLRDHUP;
  if (state_ == State::handling && read_paused_ && !peer_ended_) wanted = EPOLLRDHUP;
  if (state_ == State::lingering) wanted = EPOLLIN;
  if (!output_.empty() || transport_->wants_write()) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop().modify(transport_->descriptor(), wanted);
}

HttpConnection::Timer HttpConnection::wanted_timer() const {
  if (!output_.empty()) return Timer::write;
  switch (state_) {
    case State::reading:
      if (parser_->in_body()) return large_body_ ? Timer::large_body : Timer::body;
      return parser_->in_request() || !served_ ? Timer::head : Timer::idle;
    case State::handling:
      return stream_ && !complete_ ? Timer::stream : Timer::none;
    case State::lingering:
      return Timer::linger;
    case State::closing:
    case State::closed:
      break;
  }
  return Timer::none;
}

/// Arms the deadline of what the connection waits for. Only progress in writing prolongs one.
void HttpConnection::update_timer(bool progress) {
  const Timer wanted = wanted_timer();
  if (wanted == timer_ && !(progress && wanted == Timer::write)) return;
  timer_ = wanted;
  const ServerOptions& options = core_->options;
  const std::chrono::milliseconds body_rest(std::max<std::int64_t>(body_due_ - loop().now_ms(), 0));
  switch (wanted) {
    case Timer::none:
      return loop().disarm(*this);
    case Timer::idle:
      return loop().arm_coarse(*this, options.idle_deadline);
    case Timer::head:
      return loop().arm_coarse(*this, options.head_deadline);
    case Timer::body:
      return loop().arm_coarse(*this, body_rest);
    case Timer::large_body:
      return loop().arm_coarse(*this, std::min(body_rest, options.large_body_look));
    case Timer::write:
      return loop().arm_coarse(*this, options.write_deadline);
    case Timer::stream:
      return loop().arm_coarse(*this, server_.spread(options.stream_keep_alive));
    case Timer::linger:
      return loop().arm_coarse(*this, linger_deadline);
  }
}

void HttpConnection::on_timer() {
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  const Timer expired = std::exchange(timer_, Timer::none);
  switch (expired) {
    case Timer::large_body:
      if (large_body_goes_on()) return update_timer();
      [[fallthrough]];
    case Timer::head:
    case Timer::body:
      server_.counters.timed_out.add();
      if (!parser_->in_request()) break;
      refuse(408, "the request did not arrive in time");
      return;
    case Timer::stream: {
      std::string& out = server_.output;
      out.clear();
      append_to_stream(out, ": keep-alive\n\n");
      write(out);
      return;
    }
    case Timer::write:
      server_.counters.timed_out.add();
      close(StreamEnd::stalled);
      return;
    case Timer::none:
    case Timer::idle:
    case Timer::linger:
      break;
  }
  close(StreamEnd::client_gone);
}

}  // namespace commsd::net
