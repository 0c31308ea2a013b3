#pragma once

#include <memory>

#include <Poco/Net/ServerSocket.h>

#include "net/event_handler.h"
#include "net/server_core.h"
#include "net/timer_wheel.h"

namespace commsd::net {

/// Listens on one address and hands connections to the loops in turn. One acceptor and not a
/// socket per loop with SO_REUSEPORT: the kernel's hash leaves loops idle when clients are few,
/// and a second server started by mistake would silently take half of the connections.
class Acceptor final : public EventHandler,
                       public TimerNode,
                       public std::enable_shared_from_this<Acceptor> {
 public:
  /// Throws Poco::Exception when the address cannot be listened on.
  Acceptor(std::shared_ptr<ServerCore> core, const ListenAddress& address);

  ~Acceptor() override;

  std::uint16_t port() const { return port_; }
  /// [any thread] Accepts on the first loop from now on.
  void start();
  /// [first loop] Accepts the connections that wait now, without waiting for more.
  void accept_waiting();
  /// [first loop] Closes the listening socket.
  void stop();

  void on_events(std::uint32_t events) override;

 private:
  class Socket;

  void on_timer() override;
  bool accept_one();
  void admit(int descriptor, std::string address);

  const std::shared_ptr<ServerCore> core_;
  ServerLoop& server_;
  const bool tls_;
  std::unique_ptr<Socket> socket_;
  std::uint16_t port_ = 0;
  std::size_t next_loop_ = 0;
};

}  // namespace commsd::net
