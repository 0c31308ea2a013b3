#pragma once

#include <cstddef>

#include "base/task.h"
#include "messaging/inbound_pipeline.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "voice/call_events.h"

namespace commsd::api {

/// What vendors call: POST /webhooks/:agentId/{sms,whatsapp,email}, and about phone calls
/// /webhooks/:agentId/{voice,outbound-voice,callee-voice,call-status,voice/status} and
/// /webhooks/bridge-status.
/// GET is served as well, because a number's webhook may be set to it in a vendor's console; the
/// signature covers either. 2xx is sent only for what is stored.
class Webhooks {
 public:
  /// `most_mail`: bytes of the body of a webhook for email, in which the whole mail may be.
  Webhooks(messaging::InboundPipeline& inbound, voice::CallEvents& calls, std::size_t most_mail)
      : inbound_(inbound), calls_(calls), most_mail_(most_mail) {}

  void mount(net::Router& router);

 private:
  using Wants = voice::CallWebhook::Wants;

  Task<void> handle(net::HttpExchange& exchange, plugin::ChannelKind channel);
  Task<void> handle_call(net::HttpExchange& exchange, Wants wants);

  messaging::InboundPipeline& inbound_;
  voice::CallEvents& calls_;
  const std::size_t most_mail_;
};

}  // namespace commsd::api
