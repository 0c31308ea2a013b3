#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include <Poco/Net/Context.h>

#include "net/client_limiter.h"
#include "net/event_loops.h"
#include "net/router.h"
#include "net/server_loop.h"
#include "net/server_options.h"
#include "net/trusted_proxies.h"

namespace commsd::net {

/// What every connection of a server shares; it outlives the server while a handler runs.
struct ServerCore {
  ServerCore(EventLoops& event_loops, ServerOptions server_options, const Router& routes);

  EventLoops& loops;
  const ServerOptions options;
  const Router& router;
  TrustedProxies proxies;       // set before the first connection
  Poco::Net::Context::Ptr tls;  // null without TLS
  std::shared_ptr<ClientLimiter> limiter;
  std::shared_ptr<ClientLimiter> large_bodies;
  std::vector<std::unique_ptr<ServerLoop>> server_loops;  // as EventLoops, the voice loop last
  std::stop_source draining;

  ServerLoop& voice() { return *server_loops.back(); }
};

}  // namespace commsd::net
