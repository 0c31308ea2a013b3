#include "net/acceptor.h"

#include <cerrno>
#include <chrono>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SocketAddress.h>

#include "net/http_connection.h"
#include "net/transport.h"
#include "telemetry/log.h"

namespace commsd::net {

namespace {

constexpr int backlog = 1024;
constexpr int accepts_per_turn = 64;
constexpr std::chrono::milliseconds out_of_descriptors_pause{250};

}  // namespace

/// Poco keeps the descriptor protected.
class Acceptor::Socket final : public Poco::Net::ServerSocket {
 public:
  int descriptor() const { return sockfd(); }
};

Acceptor::Acceptor(std::shared_ptr<ServerCore> core, const ListenAddress& address)
    : core_(std::move(core)),
      server_(*core_->server_loops.front()),
      tls_(address.tls),
      socket_(std::make_unique<Socket>()) {
  const Poco::Net::SocketAddress bound(Poco::Net::IPAddress(address.host), address.port);
  if (bound.family() == Poco::Net::SocketAddress::IPv6) {
    socket_->bind6(bound, true, false, false);
  } else {
    socket_->bind(bound, true, false);  // two arguments mean SO_REUSEPORT as well
  }
  socket_->listen(backlog);
  socket_->setBlocking(false);
  port_ = socket_->address().port();
}

Acceptor::~Acceptor() = default;

void Acceptor::start() {
  server_.loop.post([self = shared_from_this()] {
    if (self->socket_) self->server_.loop.add(self->socket_->descriptor(), EPOLLIN, *self);
  });
}

void Acceptor::accept_waiting() {
  // At most what the backlog holds: clients that keep coming must not keep us from stopping.
  for (int i = 0; socket_ && i < backlog && accept_one(); ++i) {
  }
}

void Acceptor::stop() {
  if (!socket_) return;
  server_.loop.remove(socket_->descriptor());
  server_.loop.disarm(*this);
  socket_.reset();
}

void Acceptor::on_events(std::uint32_t) {
  for (int i = 0; i < accepts_per_turn && accept_one(); ++i) {
  }
}

bool Acceptor::accept_one() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int descriptor = accept4(socket_->descriptor(), reinterpret_cast<sockaddr*>(&peer), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection stays in the backlog, and epoll would report it again at once.
      log::error("out_of_descriptors", {{"errno", errno}});
      server_.loop.remove(socket_->descriptor());
      server_.loop.arm_coarse(*this, out_of_descriptors_pause);
      return false;
    }
    return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
  }
  const Poco::Net::SocketAddress address(reinterpret_cast<sockaddr*>(&peer), size);
  admit(descriptor, std::string(without_mapped_prefix(address.host().toString())));
  return true;
}

void Acceptor::on_timer() {
  if (socket_) server_.loop.add(socket_->descriptor(), EPOLLIN, *this);
}

void Acceptor::admit(int descriptor, std::string address) {
  AcceptedSocket socket(descriptor);  // closes it on every way out
  const bool exempt = core_->proxies.trusts(address);
  auto slot = core_->limiter->acquire(std::move(address), exempt);
  if (!slot || core_->draining.stop_requested()) {
    server_.counters.connections_refused.add();
    return;
  }
  server_.counters.connections_accepted.add();
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

  std::unique_ptr<Transport> transport;
  if (tls_) {
    transport = std::make_unique<TlsTransport>(std::move(socket), *core_->tls->sslContext());
  } else {
    transport = std::make_unique<PlainTransport>(std::move(socket));
  }
  const std::size_t turn = next_loop_++ % (core_->server_loops.size() - 1);
  ServerLoop& target = *core_->server_loops[turn];
  auto connection =
      std::make_shared<HttpConnection>(core_, target, std::move(transport), std::move(*slot));
  if (&target == &server_) {
    connection->open();
  } else {
    target.loop.post([connection] { connection->open(); });
  }
}

}  // namespace commsd::net
