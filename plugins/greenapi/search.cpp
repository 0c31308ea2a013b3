#include <algorithm>
#include <memory>
#include <vector>

#include <comms/cpp/e164.hpp>

#include "errors.h"
#include "greenapi.h"

// GREEN-API keeps no reference of ours. What it was asked to send stands in its queue until the
// phone took it, and then in the journal; both are read before "there is none" is said.

namespace greenapi {

namespace {

struct Wanted {
  std::string chat, text;
  std::int64_t after_ms = 0, before_ms = 0;
};

std::string message_status(std::string_view status) {
  if (status == "sent" || status == "delivered" || status == "read") return std::string(status);
  if (status == "failed") return "failed";
  if (status == "noAccount" || status == "notInGroup") return "undelivered";
  return "queued";  // pending
}

std::string text_of(const comms::JsonNode& message) {
  for (const char* place : {"/textMessage", "/extendedTextMessage/text", "/caption"}) {
    std::string text = message.at(place).text();
    if (!text.empty()) return text;
  }
  return {};
}

/// What of the journal may be it.
std::vector<comms::Receipt> matches(const comms::JsonNode& journal, const Wanted& wanted) {
  std::vector<comms::Receipt> found;
  for (const comms::JsonNode message : journal) {
    const std::int64_t at_ms = message["timestamp"].integer() * 1000;
    if (message["chatId"].text() != wanted.chat || !message["sendByApi"].boolean(true)) continue;
    // Whole seconds: the first one of the window has begun before it.
    if (at_ms + 999 < wanted.after_ms || at_ms > wanted.before_ms) continue;
    if (text_of(message) != wanted.text) continue;
    found.push_back({message["idMessage"].text(), message_status(message["statusMessage"].text())});
  }
  return found;
}

/// The queue does not say since when: one of the same text that is older makes it unclear.
comms::Outcome<comms::Receipt> only_one(std::vector<comms::Receipt> found,
                                        const comms::JsonNode& queue, const Wanted& wanted) {
  for (const comms::JsonNode entry : queue) {
    const comms::JsonNode body = entry["body"];
    const std::string id = entry["messageID"].text();
    const std::string text = body["message"].text(body["caption"].text());
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const comms::Receipt& one) { return one.vendor_id == id; });
    if (known || body["chatId"].text() != wanted.chat || text != wanted.text) continue;
    found.push_back({id, "queued"});
  }
  if (found.empty()) return comms::Error(COMMS_NOT_FOUND, "GREEN-API has no such message");
  if (found.size() > 1 || found.front().vendor_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "several messages of that time have this text");
  }
  return found.front();
}

}  // namespace

comms::Outcome<comms::Receipt> Greenapi::find_message(const comms::Find& what) {
  const std::string digits = comms::e164_digits(what.to);
  if (digits.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "GREEN-API finds messages by their recipient only");
  }
  const std::string chat = digits + "@c.us";
  if (!what.vendor_id.empty()) {
    comms::JsonObject body;
    body.put("chatId", chat).put("idMessage", what.vendor_id);
    return call("POST", "getMessage")
        .json(body)
        .idempotent()
        .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
          if (!response.ok()) return failure(response);
          const comms::Json message = response.json();
          std::string id = message["idMessage"].text();
          if (id.empty()) return failure(response);
          return comms::Receipt{std::move(id), message_status(message["statusMessage"].text())};
        });
  }
  const auto wanted = std::make_shared<const Wanted>(
      Wanted{chat, std::string(what.text), what.after_ms, what.before_ms});
  const std::int64_t minutes =
      std::max<std::int64_t>(1, (host_.now_ms() - what.after_ms) / 60'000 + 1);
  comms::Request journal(
      "GET", method_url(api_url_, "lastOutgoingMessages") + "?minutes=" + std::to_string(minutes));
  return journal.then(
      [this, wanted](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        const comms::Json sent = response.json();
        if (!response.ok() || sent.root().type() != COMMS_JSON_ARRAY) return failure(response);
        auto found = matches(sent.root(), *wanted);
        return call("GET", "showMessagesQueue")
            .then([this, wanted, found = std::move(found)](
                      const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
              const comms::Json queue = answer.json();
              if (!answer.ok() || queue.root().type() != COMMS_JSON_ARRAY) return failure(answer);
              return only_one(found, queue.root(), *wanted);
            });
      });
}

}  // namespace greenapi
