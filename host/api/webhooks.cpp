#include "api/webhooks.h"

#include "api/http_error.h"

namespace commsd::api {

namespace {

/// A mail with attachments as the vendor forwards it; others send a few KB.
constexpr std::size_t most_body = 10 * 1024 * 1024;

plugin::WebhookRequest request_of(const net::HttpExchange& exchange) {
  plugin::WebhookRequest request;
  request.method = exchange.method();
  request.url = exchange.external_url();
  request.remote_address = exchange.client_address();
  for (const net::HttpRequestHead::Field& field : exchange.head().fields) {
    request.headers.emplace_back(field.name, field.value);
  }
  request.body = exchange.body();
  return request;
}

}  // namespace

void Webhooks::mount(net::Router& router) {
  const auto add = [&](const char* path, plugin::ChannelKind channel) {
    for (const char* method : {"POST", "GET"}) {
      router.add(method, path,
                 [this, channel](net::HttpExchange& exchange) { return handle(exchange, channel); },
                 {most_body, net::Lane::request});
    }
  };
  add("/webhooks/:agentId/sms", plugin::ChannelKind::sms);
  add("/webhooks/:agentId/whatsapp", plugin::ChannelKind::whatsapp);
  add("/webhooks/:agentId/email", plugin::ChannelKind::email);
  add("/webhooks/:agentId/voice", plugin::ChannelKind::voice);
  add("/webhooks/:agentId/call-status", plugin::ChannelKind::voice);
}

Task<void> Webhooks::handle(net::HttpExchange& exchange, plugin::ChannelKind channel) {
  messaging::WebhookCall call;
  call.agent_id = exchange.param("agentId");
  call.channel = channel;
  call.reference = exchange.query("ref").value_or("");
  call.request = request_of(exchange);
  Result<plugin::WebhookReply> reply = co_await inbound_.handle(std::move(call));
  if (reply) {
    exchange.respond(reply->status, reply->content_type, reply->body);
    co_return;
  }
  net::Headers headers;
  if (reply.error().code == ErrorCode::unavailable) headers.push_back({"Retry-After", "5"});
  exchange.respond_json(http_status(reply.error().code), error_body(reply.error()), headers);
}

}  // namespace commsd::api
