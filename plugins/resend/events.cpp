#include <charconv>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/stream.hpp>
#include <comms/cpp/timestamp.hpp>

#include "resend.h"

namespace resend {

namespace {

/// How old a signed webhook may be. Svix, whose format it is, advises five minutes.
constexpr std::int64_t tolerance_seconds = 300;

/// Neutral status of an event, "" for those that say nothing about delivery.
std::string_view status_of(std::string_view type) {
  if (type == "email.sent") return "sent";
  if (type == "email.delivered") return "delivered";
  if (type == "email.bounced") return "bounced";
  if (type == "email.failed" || type == "email.suppressed") return "failed";
  if (type == "email.complained") return "complained";
  if (type == "email.opened" || type == "email.clicked") return "read";
  return "";
}

std::string join(comms::JsonNode list) {
  std::string text;
  for (comms::JsonNode item : list) text += (text.empty() ? "" : ", ") + item.text();
  return text;
}

/// The value of a header field by name in any case: {"In-Reply-To": "..."}.
std::string header_value(comms::JsonNode headers, std::string_view name) {
  for (comms::JsonNode field : headers) {
    if (comms::same_text(field.key(), name)) return field.text();
  }
  return {};
}

}  // namespace

std::string bare_address(std::string_view mailbox) {
  const std::size_t open = mailbox.rfind('<');
  const std::size_t close = mailbox.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && close > open) {
    mailbox = mailbox.substr(open + 1, close - open - 1);
  }
  return std::string(mailbox);
}

/// Svix: HMAC-SHA256 of "id.timestamp.body"; the header lists several during a rotation
/// (https://docs.svix.com/receiving/verifying-payloads/how-manual).
bool Resend::verify_webhook(const comms::HttpIn& in) {
  if (secret_.empty()) return false;
  const std::string_view id = in.header("svix-id"), stamp = in.header("svix-timestamp");
  std::string_view signatures = in.header("svix-signature");
  std::int64_t seconds = 0;
  const auto read = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
  if (id.empty() || read.ec != std::errc() || read.ptr != stamp.data() + stamp.size()) return false;
  const std::int64_t now = host_.now_ms() / 1000;
  if (seconds < now - tolerance_seconds || seconds > now + tolerance_seconds) return false;

  const comms::Crypto crypto(host_);
  std::string signed_text(id);
  signed_text.append(".").append(stamp).append(".").append(in.body);
  const std::string expected = "v1," + crypto.base64(crypto.hmac_sha256(secret_, signed_text));
  while (!signatures.empty()) {
    const std::size_t space = signatures.find(' ');
    if (crypto.equal(signatures.substr(0, space), expected)) return true;
    signatures.remove_prefix(space == std::string_view::npos ? signatures.size() : space + 1);
  }
  return false;
}

comms::Events Resend::parse_webhook(const comms::HttpIn& in) {
  const comms::Json body(host_, in.body);
  if (!body) throw comms::Error(COMMS_INVALID, "the body is not JSON");
  const std::string type = body["type"].text();
  const comms::JsonNode data = body["data"];
  comms::Event event;
  event.event_id = in.header("svix-id");
  event.vendor_id = data["email_id"].text();
  event.occurred_at_ms = comms::timestamp_ms(body["created_at"].text());
  if (type == "email.received") {
    event.kind = COMMS_EVENT_MESSAGE_IN;
    event.flags = COMMS_EVENT_NEEDS_FETCH;
    event.from = bare_address(data["from"].text());
    event.to = bare_address(data.at("/to/0").text());
    event.subject = data["subject"].text();
    return {event};
  }
  event.status = status_of(type);
  if (event.status.empty()) return {};
  event.kind = COMMS_EVENT_MESSAGE_STATUS;
  event.client_ref = data.at("/tags/commsd_attempt").text();
  event.error_code = data.at("/bounce/subType").text(data.at("/bounce/type").text());
  event.error_message = data.at("/bounce/message").text(data.at("/failed/reason").text());
  return {event};
}

comms::Reply Resend::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"received\":true}", "application/json"};
}

comms::Outcome<comms::Events> Resend::fetch_inbound(std::string_view vendor_id) {
  return ask("GET", "/emails/receiving/" + comms::percent_encode(vendor_id))
      .then([base = base_](const comms::HttpResponse& response) -> comms::Outcome<comms::Events> {
        if (!response.ok()) return failure(response);
        const comms::Json email = response.json();
        comms::Event event(COMMS_EVENT_MESSAGE_IN);
        event.vendor_id = email["id"].text();
        event.event_id = event.vendor_id;
        event.from = bare_address(email["from"].text());
        event.to = bare_address(email.at("/to/0").text());
        event.subject = email["subject"].text();
        event.text = email["text"].text();
        event.html = email["html"].text();
        event.occurred_at_ms = comms::timestamp_ms(email["created_at"].text());
        event.note("message_id", email["message_id"].text());
        event.note("in_reply_to", header_value(email["headers"], "In-Reply-To"));
        event.note("references", header_value(email["headers"], "References"));
        // `received_for` is the envelope's, if it is there; whether it then names everybody is not
        // documented.
        std::string recipients;
        for (const char* field : {"received_for", "to", "cc", "bcc"}) {
          const std::string more = join(email[field]);
          if (!more.empty()) recipients += (recipients.empty() ? "" : ", ") + more;
        }
        event.note("recipients", std::move(recipients));
        event.note("to_all", join(email["to"]));
        event.note("cc", join(email["cc"]));
        for (comms::JsonNode file : email["attachments"]) {
          comms::Media media;
          media.url =
              base + "/emails/receiving/" + event.vendor_id + "/attachments/" + file["id"].text();
          media.filename = file["filename"].text();
          media.content_type = file["content_type"].text();
          media.content_id = file["content_id"].text();
          media.byte_count = static_cast<std::uint64_t>(file["size"].integer());
          event.media.push_back(std::move(media));
        }
        return comms::Events{event};
      });
}

/// An attachment's address answers with a short-lived one to download from.
comms::Outcome<comms::Blob> Resend::fetch_media(std::string_view url) {
  if (url.substr(0, base_.size()) != base_) {
    return comms::Error(COMMS_INVALID, "this is no address of a Resend attachment");
  }
  return ask("GET", std::string(url.substr(base_.size())))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Blob> {
        if (!response.ok()) return failure(response);
        const comms::Json file = response.json();
        return comms::get(file["download_url"].text()).download(file["content_type"].text());
      });
}

}  // namespace resend
