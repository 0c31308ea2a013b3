#include "notifications.h"

#include <comms/cpp/mime_reader.hpp>
#include <comms/cpp/redact.hpp>
#include <comms/cpp/timestamp.hpp>

namespace ses {

namespace {

struct Kind {
  std::string_view type;    // eventType or notificationType
  std::string_view status;  // neutral
  const char* detail;       // the member that tells more
};
// "Delivery Delay" is no end and "Subscription" no news of a message: they are left out.
constexpr Kind kinds[] = {
    {"Send", "sent", "send"},        {"Delivery", "delivered", "delivery"},
    {"Bounce", "bounced", "bounce"}, {"Complaint", "complained", "complaint"},
    {"Reject", "failed", "reject"},  {"Rendering Failure", "failed", "failure"},
    {"Open", "read", "open"},        {"Click", "read", "click"},
};

std::string type_of(const comms::Json& published) {
  return published["eventType"].text(published["notificationType"].text());
}

std::string joined(std::string first, const std::string& second) {
  if (!second.empty()) first += (first.empty() ? "" : "/") + second;
  return first;
}

void tell_failure(comms::Event& event, comms::JsonNode detail) {
  const comms::JsonNode bounced = detail.at("/bouncedRecipients/0");
  event.error_code = joined(detail["bounceType"].text(), detail["bounceSubType"].text());
  if (event.error_code.empty()) event.error_code = detail["complaintFeedbackType"].text();
  if (event.error_code.empty()) event.error_code = detail["templateName"].text();
  event.error_message = comms::redact(
      bounced["diagnosticCode"].text(detail["reason"].text(detail["errorMessage"].text())));
  event.note("smtp_status", bounced["status"].text());
  // A full mailbox today is no reason to call an address bad for good.
  if (event.status == "bounced" && detail["bounceType"].text() != "Permanent") {
    event.status = "undelivered";
  }
}

std::string list(comms::JsonNode addresses) {
  std::string text;
  for (comms::JsonNode address : addresses) text += (text.empty() ? "" : ", ") + address.text();
  return text;
}

/// Of "Name <a@b.example>, ...", the first address alone.
std::string bare_address(std::string_view field) {
  const std::size_t open = field.find('<');
  if (open != std::string_view::npos) {
    field.remove_prefix(open + 1);
    return std::string(field.substr(0, field.find('>')));
  }
  return std::string(comms::mime::trimmed(field.substr(0, field.find(','))));
}

}  // namespace

std::optional<comms::Event> status_event(const comms::Json& published, const SnsMessage& message,
                                         const Settings& settings) {
  const std::string type = type_of(published);
  for (const Kind& kind : kinds) {
    if (kind.type != type) continue;
    const comms::JsonNode mail = published["mail"];
    const comms::JsonNode detail = published[kind.detail];
    comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
    event.event_id = message.id;
    event.vendor_id = mail["messageId"].text();
    event.client_ref = mail.at("/tags/commsd_attempt/0").text();
    event.status = kind.status;
    event.occurred_at_ms =
        comms::timestamp_ms(detail["timestamp"].text(mail["timestamp"].text(message.timestamp)));
    tell_failure(event, detail);
    if (!event.vendor_id.empty()) {
      event.note("message_id", '<' + event.vendor_id + '@' + settings.message_id_domain + '>');
    }
    return event;
  }
  return std::nullopt;
}

bool is_received(const comms::Json& published) {
  return type_of(published) == "Received";
}

std::optional<StoredMail> stored_mail(const comms::Json& published) {
  const comms::JsonNode action = published.at("/receipt/action");
  if (!is_received(published) || action["type"].text() != "S3") return std::nullopt;
  return StoredMail{action["bucketName"].text(), action["objectKey"].text()};
}

std::string content_of(const comms::Json& published) {
  std::string content = published["content"].text();
  const bool base64 = comms::same_text(published.at("/receipt/action/encoding").text(), "base64");
  return base64 ? comms::mime::decode_base64(content) : content;
}

comms::Event received_event(const comms::Json& published, const SnsMessage& message,
                            std::string_view raw, const std::string& file_url) {
  comms::mime::ReadMessage mail = comms::mime::read_message(raw);
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  event.event_id = message.id;
  event.vendor_id = published.at("/mail/messageId").text(message.id);
  event.from = bare_address(mail.from);
  if (event.from.empty()) event.from = published.at("/mail/source").text();
  event.subject = std::move(mail.subject);
  event.text = std::move(mail.text);
  event.html = std::move(mail.html);
  event.occurred_at_ms = comms::timestamp_ms(published.at("/mail/timestamp").text());
  // The envelope says whose mail it is; the header does not know of hidden copies.
  const comms::JsonNode receipt = published["receipt"];
  event.to = receipt.at("/recipients/0").text(published.at("/mail/destination/0").text());
  event.note("recipients", list(receipt["recipients"]));
  event.note("to_all", std::move(mail.to));
  event.note("cc", std::move(mail.cc));
  event.note("message_id", std::move(mail.message_id));
  event.note("in_reply_to", std::move(mail.in_reply_to));
  event.note("references", std::move(mail.references));
  for (const char* verdict : {"spam", "virus", "spf", "dkim", "dmarc"}) {
    event.note(std::string(verdict) + "_verdict",
               receipt[std::string(verdict) + "Verdict"]["status"].text());
  }
  const bool infected = receipt.at("/virusVerdict/status").text() == "FAIL";
  for (std::size_t i = 0; i < mail.files.size() && !infected; ++i) {
    comms::mime::ReadFile& file = mail.files[i];
    comms::Media media;
    media.filename = std::move(file.filename);
    media.content_type = std::move(file.content_type);
    media.content_id = std::move(file.content_id);
    media.byte_count = file.data.size();
    if (file_url.empty()) {
      media.data = std::move(file.data);
    } else {
      media.url = file_url + std::to_string(i);
    }
    event.media.push_back(std::move(media));
  }
  return event;
}

}  // namespace ses
