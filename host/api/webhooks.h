#pragma once

#include "base/task.h"
#include "messaging/inbound_pipeline.h"
#include "net/http_exchange.h"
#include "net/router.h"

namespace commsd::api {

/// What vendors call: POST /webhooks/:agentId/{sms,whatsapp,email,voice,call-status}. GET is
/// served as well, because a number's webhook may be set to it in a vendor's console; the
/// signature covers either. 2xx is sent only for what is stored (InboundPipeline).
class Webhooks {
 public:
  explicit Webhooks(messaging::InboundPipeline& inbound) : inbound_(inbound) {}

  void mount(net::Router& router);

 private:
  Task<void> handle(net::HttpExchange& exchange, plugin::ChannelKind channel);

  messaging::InboundPipeline& inbound_;
};

}  // namespace commsd::api
