#include "messaging/scripted_vendor.h"

#include <algorithm>

namespace commsd::messaging::test {

using plugin::Receipt;

Task<Result<Receipt>> ScriptedVendor::send(plugin::OutboundMessage message,
                                           std::chrono::milliseconds) {
  ++asked;
  Answer answer = Answer::take;
  if (!answers.empty()) {
    answer = answers.front();
    answers.pop_front();
  } else if (decide) {
    answer = decide();
  }
  if (latency.count() > 0) co_await sleep_for(latency);
  switch (answer) {
    case Answer::take:
      co_return take(message);
    case Answer::refuse: {
      Error refusal;
      refusal.code = ErrorCode::rejected;
      refusal.message = "no such recipient";
      refusal.vendor_code = "21211";
      co_return fail(std::move(refusal));
    }
    case Answer::throttle: {
      Error wait;
      wait.code = ErrorCode::rate_limited;
      wait.retry_after = std::chrono::milliseconds(5000);
      co_return fail(std::move(wait));
    }
    case Answer::unavailable:
      co_return fail(ErrorCode::unavailable, "connection refused");
    case Answer::take_and_lose:
      take(message);
      break;
    case Answer::lose:
      break;
  }
  co_return fail(ErrorCode::ambiguous, "the connection was reset after the request");
}

Receipt ScriptedVendor::take(const plugin::OutboundMessage& message) {
  if (keyed) {
    for (const Taken& taken : log) {
      if (taken.idempotency_key == message.idempotency_key)
        return {taken.vendor_id, "queued", {}, ""};
    }
  }
  Taken taken{"VM" + std::to_string(log.size() + 1), message.client_reference,
              message.idempotency_key, message};
  log.push_back(taken);
  return {taken.vendor_id, "queued", 7900, "USD"};
}

Task<Result<Receipt>> ScriptedVendor::find(plugin::LookUp what, std::chrono::milliseconds) {
  ++looked_for;
  if (!looks_up) co_return fail(ErrorCode::unsupported, "cannot look up");
  const auto found = std::find_if(log.begin(), log.end(), [&](const Taken& taken) {
    return matches_text ? taken.message.text == what.text
                        : taken.client_reference == what.client_reference;
  });
  if (found == log.end()) co_return fail(ErrorCode::not_found, "no such message");
  co_return Receipt{found->vendor_id, "sent", {}, ""};
}

Task<Result<std::optional<plugin::ProviderEvent>>> ScriptedVendor::fetch_inbound(
    std::string vendor_id, std::chrono::milliseconds) {
  std::optional<plugin::ProviderEvent> found;
  if (handshakes.contains(vendor_id)) co_return found;
  for (const plugin::ProviderEvent& event : fetchable) {
    if (event.vendor_id == vendor_id) found = event;
  }
  if (found) co_return found;
  co_return fail(ErrorCode::unavailable, "not now");
}

Task<Result<plugin::FetchedMedia>> ScriptedVendor::fetch_media(std::string url,
                                                               std::chrono::milliseconds) {
  ++fetched;
  const auto found = files.find(url);
  if (found == files.end()) co_return fail(ErrorCode::not_found, "there is no such file");
  co_return found->second;
}

Result<void> ScriptedVendor::verify_webhook(const plugin::WebhookRequest&) {
  if (!signs) return fail(ErrorCode::permission_denied, "bad signature");
  return {};
}

Result<std::vector<plugin::ProviderEvent>> ScriptedVendor::parse_webhook(
    const plugin::WebhookRequest&) {
  return events;
}

plugin::WebhookReply ScriptedVendor::webhook_reply(const plugin::WebhookRequest&,
                                                   plugin::EventKind) {
  return {200, "text/xml", "<Response/>"};
}

Task<Result<plugin::SenderState>> ScriptedVendor::register_sender(plugin::SenderRequest,
                                                                  std::chrono::milliseconds) {
  co_return fail(ErrorCode::unsupported, "no senders here");
}

Task<Result<std::vector<plugin::MessageTemplate>>> ScriptedVendor::list_templates(
    std::chrono::milliseconds) {
  ++template_lists;
  if (templates_fault) co_return fail(*templates_fault);
  co_return templates;
}

std::shared_ptr<ScriptedVendor> ScriptedProviders::add(const std::string& name) {
  auto vendor = std::make_shared<ScriptedVendor>(name);
  order.push_back(vendor);
  configured[name] = vendor;
  return vendor;
}

std::vector<std::shared_ptr<plugin::MessageProvider>> ScriptedProviders::for_channel(
    plugin::ChannelKind, const plugin::Scope&) {
  return {order.begin(), order.end()};
}

std::shared_ptr<plugin::MessageProvider> ScriptedProviders::named(plugin::ChannelKind,
                                                                  std::string_view name,
                                                                  const plugin::Scope&) {
  const auto found = configured.find(name);
  return found == configured.end() ? nullptr : found->second;
}

}  // namespace commsd::messaging::test
