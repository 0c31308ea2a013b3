#include <charconv>
#include <cstdio>

#include <comms/cpp/crypto.hpp>

#include "cloud.h"
#include "errors.h"

// Webhooks (https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components). One body
// may hold several of each kind.

namespace whatsapp_cloud {

namespace {

std::string number_of(const std::string& digits) {
  std::string number = "+";
  for (const char c : digits) {
    if (c >= '0' && c <= '9') number += c;
  }
  return number.size() > 1 ? number : std::string();
}

std::int64_t time_ms(std::string_view seconds) {
  std::int64_t value = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  constexpr std::int64_t year_10000 = 253'402'300'800;
  return value > 0 && value < year_10000 ? value * 1000 : 0;
}

std::string location(const comms::JsonNode& place) {
  char point[64];
  std::snprintf(point, sizeof point, "%.6f,%.6f", place["latitude"].number(),
                place["longitude"].number());
  std::string text = place["name"].text();
  const std::string address = place["address"].text();
  if (!address.empty()) text += (text.empty() ? "" : ", ") + address;
  return text.empty() ? point : text + " (" + point + ')';
}

std::string contacts(const comms::JsonNode& list) {
  std::string text;
  for (const comms::JsonNode contact : list) {
    text += (text.empty() ? "" : "\n") + contact.at("/name/formatted_name").text();
    for (const comms::JsonNode phone : contact["phones"]) text += ' ' + phone["phone"].text();
  }
  return text;
}

std::string text_of(const std::string& type, const comms::JsonNode& message) {
  if (type == "location") return location(message["location"]);
  if (type == "contacts") return contacts(message["contacts"]);
  for (const char* place : {"/text/body", "/button/text", "/interactive/button_reply/title",
                            "/interactive/list_reply/title", "/interactive/nfm_reply/response_json",
                            "/reaction/emoji", "/order/text", "/system/body"}) {
    std::string text = message.at(place).text();
    if (!text.empty()) return text;
  }
  return message[type]["caption"].text();
}

std::string profile_name(const comms::JsonNode& value, const std::string& wa_id) {
  for (const comms::JsonNode contact : value["contacts"]) {
    if (contact["wa_id"].text() == wa_id) return contact.at("/profile/name").text();
  }
  return {};
}

comms::Event received(const comms::JsonNode& value, const comms::JsonNode& message,
                      const std::string& media_base) {
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  const std::string type = message["type"].text(), sender = message["from"].text();
  event.vendor_id = message["id"].text();
  event.event_id = event.vendor_id;
  event.from = number_of(sender);
  event.to = number_of(value.at("/metadata/display_phone_number").text());
  event.text = text_of(type, message);
  event.occurred_at_ms = time_ms(message["timestamp"].text());
  event.error_code = message.at("/errors/0/code").text();
  event.error_message = redact(message.at("/errors/0/title").text());
  const std::string media_id = message[type]["id"].text();
  const bool is_file = type == "image" || type == "video" || type == "audio" ||
                       type == "document" || type == "sticker";
  if (is_file && !media_id.empty()) {
    comms::Media media;
    media.url = media_base + comms::percent_encode(media_id);
    media.content_type = message[type]["mime_type"].text();
    media.filename = message[type]["filename"].text();
    event.media.push_back(std::move(media));
  }
  event.note("profile_name", profile_name(value, sender));
  event.note("in_reply_to", message.at("/context/id").text());
  if (type == "reaction") event.note("in_reply_to", message["reaction"]["message_id"].text());
  if (type != "text") event.note("message_type", type);
  return event;
}

/// An event without a kind for states that say nothing about delivery.
comms::Event told_status(const comms::JsonNode& value, const comms::JsonNode& told) {
  const std::string status = told["status"].text();
  comms::Event event;
  const bool known =
      status == "sent" || status == "delivered" || status == "read" || status == "failed";
  if (known) event.kind = COMMS_EVENT_MESSAGE_STATUS;
  event.status = status;
  event.vendor_id = told["id"].text();
  event.event_id = event.vendor_id + ':' + status;
  event.client_ref = told["biz_opaque_callback_data"].text();
  event.from = number_of(value.at("/metadata/display_phone_number").text());
  event.to = number_of(told["recipient_id"].text());
  event.occurred_at_ms = time_ms(told["timestamp"].text());
  event.error_code = told.at("/errors/0/code").text();
  const std::string details = told.at("/errors/0/error_data/details").text();
  event.error_message = redact(details.empty() ? told.at("/errors/0/title").text() : details);
  // Meta names what is billed and how, never the price.
  event.note("pricing_category", told.at("/pricing/category").text());
  event.note("pricing_model", told.at("/pricing/pricing_model").text());
  event.note("pricing_type", told.at("/pricing/type").text());
  event.note("billable", told.at("/pricing/billable").text());
  return event;
}

/// What may be sent back to whoever asks, as it is: Meta's challenge is a number.
bool is_challenge(const std::string& text) {
  return !text.empty() && text.size() <= 200 &&
         text.find_first_not_of(
             "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") ==
             std::string::npos;
}

}  // namespace

bool Cloud::verify_webhook(const comms::HttpIn& in) {
  const comms::Crypto crypto(host_);
  if (in.method == "GET") {
    const comms::Form query = in.query();
    return query.get("hub.mode") == "subscribe" && is_challenge(query.get("hub.challenge")) &&
           crypto.equal(query.get("hub.verify_token"), verify_token_);
  }
  if (app_secret_.empty() || in.method != "POST") return false;
  // Over the bytes as they came: Meta signs its own escaping of what is not ASCII.
  const std::string expected = "sha256=" + comms::hex(crypto.hmac_sha256(app_secret_, in.body));
  return crypto.equal(in.header("x-hub-signature-256"), expected);
}

comms::Events Cloud::parse_webhook(const comms::HttpIn& in) {
  if (in.method == "GET") return {};
  const comms::Json body(host_, in.body);
  if (!body) throw comms::Error(COMMS_INVALID, "the body is not JSON");
  comms::Events events;
  const std::string media_base = url("");
  const auto add = [&events](comms::Event event) {
    if (event.vendor_id.empty()) throw comms::Error(COMMS_INVALID, "a message has no id");
    if (event.kind != 0) events.push_back(std::move(event));
  };
  for (const comms::JsonNode entry : body["entry"]) {
    for (const comms::JsonNode change : entry["changes"]) {
      if (change["field"].text() != "messages") continue;
      const comms::JsonNode value = change["value"];
      for (const comms::JsonNode one : value["messages"]) add(received(value, one, media_base));
      for (const comms::JsonNode one : value["statuses"]) add(told_status(value, one));
      for (const comms::JsonNode one : value["errors"]) {
        host_.log(COMMS_LOG_WARN, "Meta reports error " + redact(one["code"].text()));
      }
    }
  }
  return events;
}

comms::Reply Cloud::webhook_reply(const comms::HttpIn& in, std::int32_t) {
  if (in.method != "GET") return {"{}", "application/json"};
  const std::string challenge = in.query().get("hub.challenge");
  return {is_challenge(challenge) ? challenge : std::string(), "text/plain"};
}

}  // namespace whatsapp_cloud
