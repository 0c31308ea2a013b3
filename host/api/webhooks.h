#pragma once

#include <cstddef>

#include "base/executor.h"
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
///
/// One that is longer than plugin::longest_webhook_on_loop is taken in by another executor, from
/// its signature to the last byte that is freed. As many wait there as server.limits.large_bodies,
/// or a larger body_bytes, lets in.
class Webhooks {
 public:
  /// `most_mail`: bytes of the body of a webhook for email, in which the whole mail may be.
  /// `aside`: takes in what is large. Outlives this, and the store and providers behind it.
  Webhooks(messaging::InboundPipeline& inbound, voice::CallEvents& calls, std::size_t most_mail,
           Executor& aside)
      : inbound_(inbound), calls_(calls), most_mail_(most_mail), aside_(aside) {}

  void mount(net::Router& router);

 private:
  using Wants = voice::CallWebhook::Wants;
  using Handling = Task<Result<plugin::WebhookReply>>;

  Task<void> handle(net::HttpExchange& exchange, plugin::ChannelKind channel);
  Task<void> handle_call(net::HttpExchange& exchange, Wants wants);
  /// `handling` of a body of so many bytes, where it is to be done.
  Handling placed(std::size_t bytes, Handling handling) const;

  messaging::InboundPipeline& inbound_;
  voice::CallEvents& calls_;
  const std::size_t most_mail_;
  Executor& aside_;
};

}  // namespace commsd::api
