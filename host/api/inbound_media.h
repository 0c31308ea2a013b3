#pragma once

#include "base/task.h"
#include "messaging/inbound_media.h"
#include "net/http_exchange.h"
#include "net/router.h"

namespace commsd::api {

/// GET /media/inbound/<token>: a file that an agent received. The token is signed and expires, and
/// is all that is asked for: whoever the agent hands the link to has no token of ours. What is in
/// the file comes from outside, so no browser may show it as a page of this server.
class InboundMedia {
 public:
  explicit InboundMedia(messaging::InboundMedia& media) : media_(media) {}

  void mount(net::Router& router);

 private:
  Task<void> handle(net::HttpExchange& exchange);

  messaging::InboundMedia& media_;
};

}  // namespace commsd::api
