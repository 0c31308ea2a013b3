#include "api/webhooks.h"

#include "api/http_error.h"
#include "base/run_on.h"
#include "plugin/large_webhook.h"

namespace commsd::api {

namespace {

/// Of everything but mails: mostly a few KB, but Meta puts much news of WhatsApp into one, and what
/// the sandbox is sent has its files inside.
constexpr std::size_t most_body = 10 * 1024 * 1024;

plugin::WebhookRequest request_of(net::HttpExchange& exchange) {
  plugin::WebhookRequest request;
  request.method = exchange.method();
  request.url = exchange.external_url();
  request.remote_address = exchange.client_address();
  for (const net::HttpRequestHead::Field& field : exchange.head().fields) {
    request.headers.emplace_back(field.name, field.value);
  }
  request.body = exchange.take_body();
  return request;
}

void answer(net::HttpExchange& exchange, const Result<plugin::WebhookReply>& reply) {
  if (reply) {
    exchange.respond(reply->status, reply->content_type, reply->body);
    return;
  }
  net::Headers headers;
  if (reply.error().code == ErrorCode::unavailable) headers.push_back({"Retry-After", "5"});
  exchange.respond_json(http_status(reply.error().code), error_body(reply.error()), headers);
}

}  // namespace

void Webhooks::mount(net::Router& router) {
  const auto add = [&](const char* path, std::size_t most, auto handler) {
    for (const char* method : {"POST", "GET"}) {
      router.add(method, path, handler, {most, net::Lane::request});
    }
  };
  const auto add_channel = [&](const char* path, plugin::ChannelKind channel) {
    const std::size_t most = channel == plugin::ChannelKind::email ? most_mail_ : most_body;
    add(path, most,
        [this, channel](net::HttpExchange& exchange) { return handle(exchange, channel); });
  };
  const auto add_call = [&](const char* path, Wants wants) {
    add(path, most_body,
        [this, wants](net::HttpExchange& exchange) { return handle_call(exchange, wants); });
  };
  add_channel("/webhooks/:agentId/sms", plugin::ChannelKind::sms);
  add_channel("/webhooks/:agentId/whatsapp", plugin::ChannelKind::whatsapp);
  add_channel("/webhooks/:agentId/email", plugin::ChannelKind::email);
  add_call("/webhooks/:agentId/voice", Wants::instructions);
  add_call("/webhooks/:agentId/outbound-voice", Wants::instructions);
  add_call("/webhooks/:agentId/callee-voice", Wants::callee);
  add_call("/webhooks/:agentId/call-status", Wants::acknowledgement);
  add_call("/webhooks/:agentId/voice/status", Wants::acknowledgement);
  add_call("/webhooks/bridge-status", Wants::acknowledgement);
}

Webhooks::Handling Webhooks::placed(std::size_t bytes, Handling handling) const {
  if (bytes <= plugin::longest_webhook_on_loop) return handling;
  return run_on(aside_, std::move(handling));
}

Task<void> Webhooks::handle(net::HttpExchange& exchange, plugin::ChannelKind channel) {
  messaging::WebhookCall call;
  call.agent_id = exchange.param("agentId");
  call.channel = channel;
  call.reference = exchange.query("ref").value_or("");
  call.request = request_of(exchange);
  const std::size_t bytes = call.request.body.size();
  Handling handling = placed(bytes, inbound_.handle(std::move(call)));
  Result<plugin::WebhookReply> reply = co_await std::move(handling);
  answer(exchange, reply);
}

Task<void> Webhooks::handle_call(net::HttpExchange& exchange, Wants wants) {
  voice::CallWebhook webhook;
  webhook.wants = wants;
  webhook.agent_id = exchange.param("agentId");
  if (webhook.agent_id.empty()) webhook.agent_id = exchange.query("agentId").value_or("");
  webhook.reference = exchange.query("ref").value_or("");
  webhook.call_id = exchange.query("bridgeCallId").value_or("");
  if (wants == Wants::callee) webhook.provider = exchange.query("provider").value_or("");
  webhook.request = request_of(exchange);
  const std::size_t bytes = webhook.request.body.size();
  Handling handling = placed(bytes, calls_.handle(std::move(webhook)));
  Result<plugin::WebhookReply> reply = co_await std::move(handling);
  answer(exchange, reply);
}

}  // namespace commsd::api
