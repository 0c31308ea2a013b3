#include "messaging/callback_post.h"

#include <algorithm>

#include "messaging/callback_payload.h"
#include "messaging/callback_signature.h"

namespace commsd::messaging {

namespace {

constexpr int gone = 410;

/// Longer than a callback is tried.
constexpr UnixMillis media_lifetime = 3 * 24 * 3'600'000;

}  // namespace

bool is_about_message(const store::CallbackDelivery& delivery) {
  return delivery.subject_id.starts_with("msg_");
}

Task<Result<store::CallbackResult>> CallbackPost::tell(const store::CallbackDelivery& delivery,
                                                       std::string url,
                                                       std::vector<std::string> keys,
                                                       bool& reached) const {
  store::CallbackResult result;
  if (delivery.attempts > settings_.most_attempts) {
    // Counted before each try, so this one never got as far as its record.
    result.state = "dead";
    result.error = "the server stopped at every try";
    co_return result;
  }
  auto body = co_await payload(delivery);
  if (!body) co_return fail(body.error());
  if (!*body) {
    result.state = "dead";
    result.error = "what it is about is no longer kept";
    co_return result;
  }
  const std::int64_t seconds = clock_.now() / 1000;
  CallbackRequest request;
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", delivery.id},
                     {"webhook-timestamp", std::to_string(seconds)},
                     {"webhook-signature", callback_signature(keys, delivery.id, seconds, **body)}};
  request.body = std::move(**body);
  request.limit = settings_.limit;
  reached = true;
  Task<Result<CallbackAnswer>> posting = post_(std::move(request));
  const Result<CallbackAnswer> answer = co_await std::move(posting);
  co_return judge(delivery, answer);
}

Task<Result<std::optional<std::string>>> CallbackPost::payload(
    const store::CallbackDelivery& delivery) const {
  std::optional<std::string> text;
  if (is_about_message(delivery)) {
    auto message = co_await messages_.find(delivery.org_id, delivery.subject_id);
    if (!message) co_return fail(message.error());
    if (!*message) co_return text;
    auto name =
        co_await threads_.name_of(delivery.org_id, (*message)->agent_id, (*message)->to_address);
    if (!name) co_return fail(name.error());
    text = state_payload(delivery, **message, *name, threads_.contacts());
    co_return text;
  }
  auto item = co_await items_.find(delivery.org_id, delivery.agent_id, delivery.subject_id);
  if (!item) co_return fail(item.error());
  if (!*item) co_return text;
  // The same at every try, so not counted from now.
  const std::string media = media_
                                ? media_->media_json(**item, delivery.created_at + media_lifetime)
                                : (*item)->media_json;
  text = item_payload(delivery, **item, media, threads_.contacts());
  co_return text;
}

store::CallbackResult CallbackPost::judge(const store::CallbackDelivery& delivery,
                                          const Result<CallbackAnswer>& answer) const {
  store::CallbackResult result;
  result.status = answer ? answer->status : 0;
  if (result.status >= 200 && result.status < 300) {
    result.state = "delivered";
    return result;
  }
  result.error = answer ? "HTTP status " + std::to_string(result.status) : answer.error().message;
  if (result.status == gone || delivery.attempts >= settings_.most_attempts) {
    result.state = "dead";
    return result;
  }
  result.state = "waiting";
  const auto index = static_cast<std::size_t>(delivery.attempts - 1);
  const auto wait = settings_.waits[std::min(index, settings_.waits.size() - 1)];
  const std::chrono::milliseconds asked = answer ? answer->retry_after : wait;
  result.next_attempt_at = clock_.now() + std::max(wait, asked).count();
  return result;
}

}  // namespace commsd::messaging
