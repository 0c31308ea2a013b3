#include <memory>

#include <comms/cpp/redact.hpp>

#include "pages.h"
#include "whatsapp.h"

// WhatsApp senders (https://www.twilio.com/docs/whatsapp/api/senders).

namespace twilio {

namespace {

constexpr std::string_view channel = "whatsapp:";

std::string status_of(std::string_view status) {
  if (status == "ONLINE" || status == "ONLINE:UPDATING") return "online";
  if (status == "PENDING_VERIFICATION") return "verification_needed";
  if (status == "OFFLINE") return "failed";
  return "pending";  // CREATING, VERIFYING, TWILIO_REVIEW, DRAFT, STUBBED
}

void add_sender(comms::Fields& fields, const comms::JsonNode& sender) {
  const std::string id = sender["sender_id"].text();
  const bool is_number = id.compare(0, channel.size(), channel) == 0;
  fields.emplace_back("id", sender["sid"].text());
  fields.emplace_back("number", is_number ? id.substr(channel.size()) : id);
  fields.emplace_back("status", status_of(sender["status"].text()));
  std::string why;
  for (const comms::JsonNode reason : sender["offline_reasons"]) {
    why += (why.empty() ? "" : "; ") + comms::redact(reason["message"].text(reason["code"].text()));
  }
  if (!why.empty()) fields.emplace_back("reason", why);
}

comms::Outcome<comms::Fields> post_sender(const Account& account, const std::string& url,
                                          const comms::JsonObject& body, bool again_is_harmless) {
  return account.authorized(comms::post(url))
      .json(body)
      .idempotent(again_is_harmless)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json sender = answer.json();
        const std::string id = sender["sid"].text();
        if (id.empty()) return error_of(answer);
        return comms::Fields{{"id", id}, {"status", status_of(sender["status"].text())}};
      });
}

}  // namespace

std::string Whatsapp::senders_url() const {
  return account_.messaging_url() + "/v2/Channels/Senders";
}

comms::Outcome<comms::Fields> Whatsapp::register_sender(const comms::WhatsappSender& sender) {
  const std::string sender_id = address(sender.number);
  const bool second_step = !sender.verification_code.empty();
  comms::JsonObject body, webhook;
  if (second_step) {
    comms::JsonObject code;
    body.put("configuration", code.put("verification_code", sender.verification_code));
  }
  if (!sender.message_url.empty()) {
    webhook.put("callback_url", sender.message_url).put("callback_method", "POST");
  }
  if (!sender.status_url.empty()) {
    webhook.put("status_callback_url", sender.status_url).put("status_callback_method", "POST");
  }
  if (!sender.message_url.empty() || !sender.status_url.empty()) body.put("webhook", webhook);
  if (!sender.display_name.empty()) {
    comms::JsonObject profile;
    body.put("profile", profile.put("name", sender.display_name));
  }
  comms::JsonObject creation = body;
  creation.put("sender_id", sender_id);
  const auto sid = std::make_shared<std::string>();
  return walk_list(
      account_, account_.messaging_url(), senders_url() + "?Channel=whatsapp&PageSize=100",
      "senders",
      [sender_id, sid](const comms::JsonNode& entry) {
        if (entry["sender_id"].text() != sender_id) return false;
        *sid = entry["sid"].text();
        return true;
      },
      [this, body, creation, second_step, sid](bool found) -> comms::Outcome<comms::Fields> {
        // One sender for a number: what is there already gets our addresses.
        if (found) return post_sender(account_, senders_url() + '/' + *sid, body, true);
        if (second_step) {
          return comms::Error(COMMS_NOT_FOUND, "the number has no WhatsApp sender to verify", {},
                              "register it without a code first");
        }
        return post_sender(account_, senders_url(), creation, false);
      });
}

comms::Outcome<comms::Fields> Whatsapp::list_senders() {
  const auto fields = std::make_shared<comms::Fields>();
  return walk_list(
      account_, account_.messaging_url(), senders_url() + "?Channel=whatsapp&PageSize=100",
      "senders",
      [fields](const comms::JsonNode& entry) {
        add_sender(*fields, entry);
        return false;
      },
      [fields](bool) -> comms::Outcome<comms::Fields> { return std::move(*fields); });
}

comms::Outcome<comms::Fields> Whatsapp::sender_status(std::string_view sender_id) {
  if (sender_id.empty()) return comms::Error(COMMS_INVALID, "there is no sender id");
  return account_.authorized(comms::get(senders_url() + '/' + comms::percent_encode(sender_id)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json sender = answer.json();
        if (sender["sid"].text().empty()) return error_of(answer);
        comms::Fields fields;
        add_sender(fields, sender.root());
        return fields;
      });
}

comms::Outcome<comms::Done> Whatsapp::remove_sender(std::string_view sender_id) {
  if (sender_id.empty()) return comms::Error(COMMS_INVALID, "there is no sender id");
  return account_.remove(senders_url() + '/' + comms::percent_encode(sender_id));
}

}  // namespace twilio
