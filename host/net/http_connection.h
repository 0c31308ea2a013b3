#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/completion.h"
#include "net/event_handler.h"
#include "net/event_stream.h"
#include "net/http_exchange.h"
#include "net/http_parser.h"
#include "net/output_queue.h"
#include "net/response_head.h"
#include "net/server_core.h"
#include "net/timer_wheel.h"
#include "net/transport.h"

namespace commsd::net {

/// One client connection: reads a request, runs its handler, writes the response, and only then
/// reads on. All of it on one loop. Kept alive by its ServerLoop while it is open, and by the
/// handler's coroutine and the event stream while those are.
class HttpConnection final : public EventHandler,
                             public TimerNode,
                             public OpenPeer,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<ServerCore> core, ServerLoop& server,
                 std::unique_ptr<Transport> transport, ClientLimiter::Slot slot);
  ~HttpConnection() override;

  void open();

  void on_events(std::uint32_t events) override;
  void drain() override;
  void abort() override;

  // For HttpExchange.
  const HttpParser& parser() const { return *parser_; }
  std::string take_body() { return parser_->take_body(); }
  const ServerCore& core() const { return *core_; }
  EventLoop& loop() const { return server_.loop; }
  const std::string& peer_address() const { return slot_->address(); }
  bool over_tls() const { return encrypted_; }
  bool responded() const { return responded_; }
  bool gone() const { return peer_ended_ || (state_ == State::closed && !upgraded_); }
  std::stop_token disconnected();
  void respond(int status, std::string_view content_type, std::string_view body,
               const Headers& headers);
  Task<bool> written();
  void close_after_response() { keep_alive_ = false; }
  std::shared_ptr<EventStream> start_event_stream(const Headers& headers);
  std::shared_ptr<WebSocket> upgrade(std::string_view accept, std::string_view subprotocol,
                                     const Headers& headers, bool voice);

  // For EventStream.
  void flush_stream();

 private:
  enum class State {
    reading,    // between requests, or in one
    handling,   // a handler runs or its response is not out
    closing,    // the last response is leaving
    lingering,  // our side is ended; what the peer still sends is read and dropped
    closed,
  };
  enum class Timer { none, idle, head, body, large_body, write, stream, linger };
  /// While there is more of the body than max_body.
  struct LargeBody {
    ClientLimiter::Slot place;
    std::size_t seen = 0;  // bytes that were there when it was last looked at
  };

  struct Detached;  // a coroutine nobody waits for

  void on_timer() override;
  void read_input();
  void consume(std::string_view data);
  bool on_head();
  bool admit_large_body();
  bool large_body_goes_on();
  void send_continue();
  void dispatch();
  static Detached run_handler(std::shared_ptr<HttpConnection> self, const Handler& handler);
  void handler_ended(bool threw);
  void respond_built_in(int status, std::string_view allow);
  void refuse(int status, std::string_view reason, const Headers& headers = {});
  bool begin_response(int status);
  void append_connection(ResponseHead& head) const;
  void write(std::string_view data);
  void finish_if_done();
  void append_to_stream(std::string& out, std::string_view bytes) const;
  void next_request();
  void start_linger();
  void peer_ended();
  void close(StreamEnd reason);
  void update_interest();
  void update_timer(bool progress = false);
  Timer wanted_timer() const;

  const std::shared_ptr<ServerCore> core_;
  ServerLoop& server_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<ClientLimiter::Slot> slot_;
  std::unique_ptr<LargeBody> large_body_;
  std::unique_ptr<HttpParser> parser_;
  std::unique_ptr<HttpExchange> exchange_;
  std::shared_ptr<EventStream> stream_;
  std::unique_ptr<std::stop_source> disconnect_;
  std::vector<Completion<bool>> written_;
  OutputQueue output_;
  std::string_view input_rest_;  // what consume() has still to look at
  std::string leftover_;         // bytes of later requests, at most one read's worth
  std::chrono::steady_clock::time_point started_{};
  std::int64_t body_due_ = 0;  // EventLoop::now_ms() by which the body has to be there
  std::uint32_t interest_ = 0;
  int status_ = 0;
  StreamEnd stream_end_ = StreamEnd::finished;
  State state_ = State::reading;
  Timer timer_ = Timer::none;
  bool encrypted_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;    // HEAD
  bool chunked_ = false;      // the stream's framing
  bool responded_ = false;    // a response has begun
  bool complete_ = false;     // all of it is in output_ or sent
  bool sent_ = false;         // all of it is sent
  bool running_ = false;      // the handler has not ended
  bool consuming_ = false;    // consume() is on the call stack
  bool continued_ = false;    // 100 Continue was sent
  bool served_ = false;       // not the connection's first request
  bool read_paused_ = false;  // bytes wait in the kernel until the response is out
  bool peer_ended_ = false;   // the peer will send nothing more
  bool upgraded_ = false;     // the socket belongs to a WebSocket
};

}  // namespace commsd::net
