#include "net/http_server.h"

#include <future>
#include <string>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>

#include "base/completion.h"
#include "net/acceptor.h"
#include "net/server_core.h"
#include "net/tls_context.h"
#include "telemetry/log.h"

namespace commsd::net {

ServerCore::ServerCore(EventLoops& event_loops, ServerOptions server_options, const Router& routes)
    : loops(event_loops),
      options(std::move(server_options)),
      router(routes),
      limiter(std::make_shared<ClientLimiter>(options.max_connections,
                                              options.max_connections_per_address)),
      large_bodies(std::make_shared<ClientLimiter>(options.max_large_bodies,
                                                   (options.max_large_bodies + 1) / 2)) {
  for (std::size_t i = 0; i < loops.size(); ++i)
    server_loops.push_back(std::make_unique<ServerLoop>(loops.at(i)));
  server_loops.push_back(std::make_unique<ServerLoop>(loops.voice()));
}

class HttpServer::Impl {
 public:
  Impl(EventLoops& loops, ServerOptions options, const Router& router)
      : core_(std::make_shared<ServerCore>(loops, std::move(options), router)) {}

  Result<void> start();
  Result<void> listen(const ListenAddress& address);
  void shut_down();
  Task<void> drain(std::chrono::milliseconds timeout);
  std::uint16_t port(std::size_t index) const { return acceptors_.at(index)->port(); }
  ServerStats stats() const;

 private:
  Task<void> stop_accepting();
  Task<bool> idle();
  Task<void> tell_peers(void (OpenPeer::*what)());

  const std::shared_ptr<ServerCore> core_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
};

Result<void> HttpServer::Impl::start() {
  Result<TrustedProxies> proxies = TrustedProxies::parse(core_->options.trusted_proxies);
  if (!proxies) return fail(proxies.error());
  core_->proxies = std::move(*proxies);
  bool tls = false;
  for (const ListenAddress& address : core_->options.addresses) tls = tls || address.tls;
  if (tls) {
    auto context = make_tls_context(core_->options.tls_certificate, core_->options.tls_key);
    if (!context) return fail(context.error());
    core_->tls = std::move(*context);
  }
  for (const ListenAddress& address : core_->options.addresses) {
    Result<void> listening = listen(address);
    if (!listening) {
      acceptors_.clear();
      return listening;
    }
  }
  for (const std::shared_ptr<Acceptor>& acceptor : acceptors_) acceptor->start();
  return {};
}

Result<void> HttpServer::Impl::listen(const ListenAddress& address) {
  const std::string where = address.host + " port " + std::to_string(address.port);
  try {
    acceptors_.push_back(std::make_shared<Acceptor>(core_, address));
  } catch (const Poco::Net::InvalidAddressException& error) {
    return fail(ErrorCode::invalid_argument,
                "cannot listen on " + where + ": the host must be an IP address",
                error.displayText());
  } catch (const Poco::Exception& error) {
    return fail(ErrorCode::unavailable,
                "cannot listen on " + where +
                    ": the port is in use, or the address is not this machine's, or the port "
                    "needs privileges",
                error.displayText());
  }
  return {};
}

/// Closes everything, from outside of the loops. When they have stopped already nobody else
/// touches what is theirs, and it is done here.
void HttpServer::Impl::shut_down() {
  core_->draining.request_stop();
  for (std::size_t i = 0; i < core_->server_loops.size(); ++i) {
    ServerLoop& server = *core_->server_loops[i];
    const auto close_all = [this, i, &server] {
      if (i == 0) {
        for (const std::shared_ptr<Acceptor>& acceptor : acceptors_) acceptor->stop();
      }
      for (const std::shared_ptr<OpenPeer>& peer : server.peers()) peer->abort();
    };
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> closed = done->get_future();
    server.loop.post([close_all, done = std::move(done)] {
      close_all();
      done->set_value();
    });
    try {
      closed.get();
    } catch (const std::future_error&) {
      close_all();
    }
  }
}

namespace {

Task<void> run_on(Executor& executor, std::function<void()> job) {
  Completion<bool> done;
  executor.post([done, job = std::move(job)] {
    job();
    done.complete(true);
  });
  co_await done;
}

}  // namespace

Task<void> HttpServer::Impl::tell_peers(void (OpenPeer::*what)()) {
  for (const std::unique_ptr<ServerLoop>& server : core_->server_loops) {
    std::function<void()> job = [&server = *server, what] {
      for (const std::shared_ptr<OpenPeer>& peer : server.peers()) (peer.get()->*what)();
    };
    co_await run_on(server->loop, std::move(job));
  }
}

Task<void> HttpServer::Impl::stop_accepting() {
  std::function<void()> job = [this] {
    // Clients whose connection the kernel took before now have been told yes.
    for (const std::shared_ptr<Acceptor>& acceptor : acceptors_) acceptor->accept_waiting();
    core_->draining.request_stop();
    for (const std::shared_ptr<Acceptor>& acceptor : acceptors_) acceptor->stop();
  };
  co_await run_on(core_->server_loops.front()->loop, std::move(job));
}

Task<bool> HttpServer::Impl::idle() {
  std::size_t busy = 0;
  for (const std::unique_ptr<ServerLoop>& server : core_->server_loops) {
    std::function<void()> job = [&server = *server, &busy] { busy += server.idle() ? 0 : 1; };
    co_await run_on(server->loop, std::move(job));
  }
  co_return busy == 0;
}

Task<void> HttpServer::Impl::drain(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds interval{20};
  co_await stop_accepting();
  co_await tell_peers(&OpenPeer::drain);
  for (std::chrono::milliseconds waited{0}; waited < timeout; waited += interval) {
    const bool finished = co_await idle();
    if (finished) co_return;
    co_await sleep_for(interval);
  }
  co_await tell_peers(&OpenPeer::abort);
}

ServerStats HttpServer::Impl::stats() const {
  ServerStats sum;
  for (const std::unique_ptr<ServerLoop>& server : core_->server_loops) {
    const ServerCounters& own = server->counters;
    sum.connections_accepted += own.connections_accepted.value();
    sum.connections_refused += own.connections_refused.value();
    sum.connections_open += own.connections_open.value();
    sum.requests += own.requests.value();
    sum.requests_in_flight += own.requests_in_flight.value();
    sum.responses_2xx += own.responses_2xx.value();
    sum.responses_4xx += own.responses_4xx.value();
    sum.responses_5xx += own.responses_5xx.value();
    sum.malformed += own.malformed.value();
    sum.timed_out += own.timed_out.value();
    sum.streams_open += own.streams_open.value();
    sum.streams_overflowed += own.streams_overflowed.value();
    sum.websockets_open += own.websockets_open.value();
    sum.bytes_received += own.bytes_received.value();
    sum.bytes_sent += own.bytes_sent.value();
  }
  return sum;
}

HttpServer::HttpServer(EventLoops& loops, ServerOptions options, const Router& router)
    : impl_(std::make_unique<Impl>(loops, std::move(options), router)) {}
HttpServer::~HttpServer() {
  impl_->shut_down();
}
Result<void> HttpServer::start() {
  return impl_->start();
}
std::uint16_t HttpServer::port(std::size_t index) const {
  return impl_->port(index);
}
Task<void> HttpServer::drain(std::chrono::milliseconds timeout) {
  return impl_->drain(timeout);
}
ServerStats HttpServer::stats() const {
  return impl_->stats();
}

}  // namespace commsd::net
