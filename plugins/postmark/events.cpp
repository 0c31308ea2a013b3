#include <array>

#include <comms/cpp/basic_auth.hpp>
#include <comms/cpp/stream.hpp>
#include <comms/cpp/timestamp.hpp>

#include "postmark.h"

// https://postmarkapp.com/developer/webhooks/webhooks-overview

namespace postmark {

namespace {

/// Bounce types that say nothing about the delivery of the message, or nothing final
/// (https://postmarkapp.com/developer/api/bounce-api, "Bounce types").
constexpr std::array<std::string_view, 8> no_bounces = {
    "Transient",     "AutoResponder",         "AddressChange", "Subscribe",
    "OpenRelayTest", "ChallengeVerification", "Unconfirmed",   "InboundError"};

/// Neutral status of an event, "" for those that say nothing about delivery.
std::string_view status_of(std::string_view record, std::string_view type) {
  if (record == "Delivery") return "delivered";
  if (record == "Open" || record == "Click") return "read";
  if (record == "SpamComplaint") return "complained";
  if (record != "Bounce") return "";
  for (std::string_view other : no_bounces) {
    if (type == other) return "";
  }
  return type == "SpamComplaint" ? "complained" : "bounced";
}

void append(std::string& list, const std::string& address) {
  if (!address.empty()) list += (list.empty() ? "" : ", ") + address;
}

std::string addresses(comms::JsonNode list) {
  std::string text;
  for (comms::JsonNode one : list) append(text, one["Email"].text());
  return text;
}

std::string header_value(comms::JsonNode headers, std::string_view name) {
  for (comms::JsonNode header : headers) {
    if (comms::same_text(header["Name"].text(), name)) return header["Value"].text();
  }
  return {};
}

}  // namespace

/// Nothing is signed. Postmark sends the user and password of the webhook's address as Basic
/// authentication, and to webhooks for events headers of one's own choice
/// (https://postmarkapp.com/developer/webhooks/webhooks-overview, "Protecting your webhook").
bool Postmark::verify_webhook(const comms::HttpIn& in) {
  if (password_.empty()) return false;
  const comms::Crypto crypto(host_);
  if (!header_.empty() && crypto.equal(in.header(header_), password_)) return true;
  return comms::has_basic_password(crypto, in, password_);
}

comms::Events Postmark::parse_webhook(const comms::HttpIn& in) {
  const comms::Json body(host_, in.body);
  if (!body || body.root().type() != COMMS_JSON_OBJECT) {
    throw comms::Error(COMMS_INVALID, "the body is not a JSON object");
  }
  const std::string id = body["MessageID"].text();
  const std::string record = body["RecordType"].text();
  if (record.empty()) {
    if (id.empty()) throw comms::Error(COMMS_INVALID, "'MessageID' is required");
    return {mail_of(body)};
  }
  const std::string type = body["Type"].text();
  const bool suppressed = record == "SubscriptionChange" && body["SuppressSending"].boolean() &&
                          body["SuppressionReason"].text() == "ManualSuppression" &&
                          body["Origin"].text() == "Recipient";
  comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
  event.status = status_of(record, type);
  if (event.status.empty() && !suppressed) return {};
  event.vendor_id = id;
  event.client_ref = body["Metadata"][reference_name].text();
  // Only bounces have an id. Of the others one for each message and recipient is news; whom it is
  // about need not stand in what is remembered of it.
  if (const std::string bounce = body["ID"].text(); !bounce.empty()) {
    event.event_id = record + ':' + bounce;
  } else {
    const std::string to = body["Recipient"].text();
    event.event_id =
        record + ':' + id + ':' + comms::hex(comms::Crypto(host_).sha256(to)).substr(0, 16);
  }
  for (const char* when : {"DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"}) {
    if (event.occurred_at_ms == 0) event.occurred_at_ms = comms::timestamp_ms(body[when].text());
  }
  if (suppressed) {
    event.error_code = "ManualSuppression";
    event.error_message = "the recipient unsubscribed at Postmark";
  } else if (record == "Bounce" || record == "SpamComplaint") {
    event.error_code = type;
    event.error_message = body["Description"].text();  // "Details" repeats addresses
  }
  return {event};
}

/// An inbound mail (https://postmarkapp.com/developer/webhooks/inbound-webhook). It comes whole,
/// once, and can be asked for again without its files only.
comms::Event Postmark::mail_of(const comms::Json& body) const {
  const comms::Crypto crypto(host_);
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  event.vendor_id = body["MessageID"].text();
  event.event_id = event.vendor_id;
  event.from = body.at("/FromFull/Email").text(body["From"].text());
  // Where it was delivered to: who got a hidden copy stands nowhere else. At the address of the
  // inbound stream itself it says nothing.
  const std::string delivered = body["OriginalRecipient"].text();
  const bool own =
      !delivered.empty() && delivered.find("@inbound.postmarkapp.com") == std::string::npos;
  event.to = own ? delivered : body.at("/ToFull/0/Email").text(delivered);
  event.subject = body["Subject"].text();
  event.text = body["TextBody"].text();
  event.html = body["HtmlBody"].text();
  const comms::JsonNode headers = body["Headers"];
  for (const auto& [name, header] :
       {std::pair{"message_id", "Message-ID"}, std::pair{"in_reply_to", "In-Reply-To"},
        std::pair{"references", "References"}}) {
    event.note(name, header_value(headers, header));
  }
  std::string recipients = own ? delivered : "";
  for (const char* field : {"ToFull", "CcFull", "BccFull"}) {
    append(recipients, addresses(body[field]));
  }
  // Whether a mail to several addresses of the stream comes once or once for each is not
  // documented.
  event.note("recipients", std::move(recipients));
  event.note("to_all", addresses(body["ToFull"]));
  event.note("cc", addresses(body["CcFull"]));
  for (comms::JsonNode file : body["Attachments"]) {
    comms::Media media;
    media.filename = file["Name"].text();
    media.content_type = file["ContentType"].text();
    media.content_id = file["ContentID"].text();
    auto data = crypto.from_base64(file["Content"].text());
    if (!data) throw comms::Error(COMMS_INVALID, "an attachment is not base64");
    media.data = std::move(*data);
    event.media.push_back(std::move(media));
  }
  return event;
}

comms::Reply Postmark::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"received\":true}", "application/json"};
}

}  // namespace postmark
