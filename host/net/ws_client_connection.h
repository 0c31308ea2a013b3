#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "net/ws_client.h"
#include "net/ws_client_frame.h"

namespace commsd::net {

/// One outbound WebSocket as its client's thread sees it. The WsSocket half is for any thread and
/// touches only what the mutex guards; everything else belongs to the client's thread.
class WsConnection final : public WsSocket, public std::enable_shared_from_this<WsConnection> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wake = std::function<void()>;

  WsConnection(WsRequest request, WsCallbacks callbacks, Executor& executor, Wake wake);
  ~WsConnection() override;

  // [any thread]
  Queued send(bool text, std::string_view message) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override;
  void pause() override;
  void resume() override;

  // [the client's thread]
  const WsRequest& request() const { return request_; }
  CURL* easy() const { return easy_; }
  bool ended() const { return state_ == State::ended; }
  void set_target(const EgressTarget& target) { target_ = target; }
  const EgressTarget& target() const { return target_; }
  /// Prepares easy(). Error: the header that may not be sent.
  std::optional<std::string> prepare(const std::vector<std::string>& addresses,
                                     const WsClient::Options& options);
  /// The connection stands (TLS included): sends the upgrade.
  void connected();
  void connect_failed(CURLcode code);
  void fail(WsEnd::Kind kind, std::string cause);

  curl_socket_t socket() const { return socket_; }
  short wanted_events();
  /// Reads and writes what is possible, keeps the clocks.
  void run(Time now, std::chrono::milliseconds ping_interval);
  Time next_deadline() const { return deadline_; }

 private:
  enum class State { connecting, upgrading, open, closing, ended };
  struct Inflow {
    std::atomic<std::size_t> waiting{0};  // bytes of messages the executor has yet to take
  };

  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  void take_commands(Time now);
  void write_out();
  void read_in(Time now);
  bool may_read();
  void take_bytes(std::string_view bytes, Time now);
  void take_messages(Time now);
  bool take_upgrade();
  void take_message(WsFrameReader::Message message, Time now);
  void frame(WsOpcode opcode, std::string_view payload);
  void begin_close(std::uint16_t code, std::string_view reason, Time now);
  void end(WsEnd end);

  const WsRequest request_;
  const std::shared_ptr<WsCallbacks> callbacks_;  // shared with jobs that outlive this
  Executor& executor_;
  const Wake wake_;
  EgressTarget target_;
  CURL* easy_ = nullptr;
  curl_slist* resolve_ = nullptr;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  State state_ = State::connecting;
  Time deadline_;
  std::chrono::milliseconds ping_interval_{20000};
  bool pinged_ = false;
  bool address_refused_ = false;
  std::string key_;
  std::string head_;
  std::string out_;
  std::size_t out_sent_ = 0;
  WsFrameReader reader_;
  std::uint16_t close_code_ = 1006;
  std::string close_reason_;
  const std::shared_ptr<Inflow> inflow_ = std::make_shared<Inflow>();

  std::mutex mutex_;
  struct Outgoing {
    bool text;
    std::string message;
  };
  std::vector<Outgoing> queued_;
  std::size_t queued_bytes_ = 0;  // here and in out_
  std::optional<std::pair<std::uint16_t, std::string>> close_wanted_;
  bool abort_wanted_ = false;
  bool paused_ = false;
  bool over_ = false;
};

}  // namespace commsd::net
