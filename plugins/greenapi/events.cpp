#include <cstdio>

#include <comms/cpp/crypto.hpp>

#include "errors.h"
#include "greenapi.h"

// Webhooks (https://green-api.com/en/docs/api/receiving/notifications-format/). GREEN-API signs
// nothing: a token of ours in the Authorization header is all there is, so it has to be a secret.

namespace greenapi {

namespace {

constexpr std::string_view group = "@g.us";

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Six digits behind the point are 10 cm.
std::string degrees(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

std::string location(const comms::JsonNode& place) {
  std::string text = place["nameLocation"].text();
  const std::string address = place["address"].text();
  if (!address.empty()) text += (text.empty() ? "" : ", ") + address;
  const std::string point =
      degrees(place["latitude"].number()) + ',' + degrees(place["longitude"].number());
  return text.empty() ? point : text + " (" + point + ')';
}

std::string contacts(const comms::JsonNode& data) {
  std::string text = data.at("/contactMessageData/vcard").text();
  for (const char* list :
       {"/messageData/contacts", "/contactsArrayMessageData/contacts", "/contacts"}) {
    for (const comms::JsonNode contact : data.at(list)) {
      text += (text.empty() ? "" : "\n") + contact["vcard"].text();
    }
  }
  return text;
}

/// What the person wrote or chose; empty for kinds that have no text.
std::string text_of(const std::string& type, const comms::JsonNode& data) {
  if (type == "textMessage") return data.at("/textMessageData/textMessage").text();
  if (type == "locationMessage") return location(data["locationMessageData"]);
  if (type == "contactMessage" || type == "contactsArrayMessage") return contacts(data);
  if (type == "pollMessage") return data.at("/pollMessageData/name").text();
  for (const char* place :
       {"/extendedTextMessageData/text", "/fileMessageData/caption",
        "/templateButtonReplyMessage/selectedDisplayText",
        "/interactiveButtonsResponse/selectedDisplayText",
        "/buttonsResponseMessage/selectedButtonText", "/listResponseMessage/title",
        "/interactiveButtons/contentText", "/interactiveButtonsReply/contentText",
        "/groupInviteMessageData/caption"}) {
    std::string text = data.at(place).text();
    if (!text.empty()) return text;
  }
  return {};
}

/// "{{SWE001}}" in place of what WhatsApp did not give to the linked device: the code.
std::string stand_in(std::string_view text) {
  const bool is_one =
      text.size() > 4 && text.size() < 32 && text.substr(0, 5) == "{{SWE" && ends_with(text, "}}");
  return is_one ? std::string(text.substr(2, text.size() - 4)) : std::string();
}

comms::Events received(const comms::JsonNode& body) {
  const comms::JsonNode sender = body["senderData"], data = body["messageData"];
  const std::string type = data["typeMessage"].text();
  // Groups are others' conversations; an edit or a vote changes what was delivered already.
  if (ends_with(sender["chatId"].text(), group) || type == "editedMessage" ||
      type == "deletedMessage" || type == "pollUpdateMessage") {
    return {};
  }
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  event.vendor_id = body["idMessage"].text();
  event.event_id = "in:" + event.vendor_id;
  event.from = number_of(sender["sender"].text(sender["chatId"].text()));
  event.to = number_of(body.at("/instanceData/wid").text());
  event.text = text_of(type, data);
  event.occurred_at_ms = body["timestamp"].integer() * 1000;
  if (std::string code = stand_in(event.text); !code.empty()) {
    event.text.clear();
    event.error_code = std::move(code);
  }
  if (const comms::JsonNode file = data["fileMessageData"]) {
    comms::Media media;
    media.url = file["downloadUrl"].text();
    media.content_type = file["mimeType"].text();
    media.filename = file["fileName"].text();
    const bool is_there = media.url.find("://") != std::string::npos;
    if (std::string code = stand_in(media.url); !code.empty()) event.error_code = std::move(code);
    if (is_there) event.media.push_back(std::move(media));
  }
  event.note("profile_name", sender["senderName"].text());
  event.note("in_reply_to", data.at("/quotedMessage/stanzaId").text());
  if (type != "textMessage") event.note("message_type", type);
  return {event};
}

comms::Events told_status(const comms::JsonNode& body) {
  // What a person sent from the phone itself is not ours.
  if (!body["sendByApi"].boolean(true) || ends_with(body["chatId"].text(), group)) return {};
  const std::string status = body["status"].text();
  comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
  event.vendor_id = body["idMessage"].text();
  event.event_id = "status:" + event.vendor_id + ':' + status;
  event.to = number_of(body["chatId"].text());
  event.occurred_at_ms = body["timestamp"].integer() * 1000;
  if (status == "sent" || status == "delivered" || status == "read") {
    event.status = status;
    return {event};
  }
  if (status == "failed" || status == "yellowCard") event.status = "failed";
  if (status == "noAccount" || status == "notInGroup") event.status = "undelivered";
  if (event.status.empty()) return {};
  const std::string why = body["description"].text();
  event.error_code = why.compare(0, 3, "SWE") == 0 ? why.substr(0, why.find(':')) : status;
  event.error_message = redact(why);
  return {event};
}

}  // namespace

bool Greenapi::verify_webhook(const comms::HttpIn& in) {
  if (webhook_token_.empty() || in.method != "POST") return false;
  // "Bearer " is put in front of a token that names no scheme (SetSettings, webhookUrlToken).
  std::string_view given = in.header("authorization");
  constexpr std::string_view bearer = "Bearer ";
  if (given.substr(0, bearer.size()) == bearer) given.remove_prefix(bearer.size());
  if (!comms::Crypto(host_).equal(given, webhook_token_)) return false;
  // One token may be set for many instances; this one answers for its own only.
  return comms::Json(host_, in.body).at("/instanceData/idInstance").text() == instance_;
}

comms::Events Greenapi::parse_webhook(const comms::HttpIn& in) {
  const comms::Json json(host_, in.body);
  if (!json) throw comms::Error(COMMS_INVALID, "the body is not JSON");
  const comms::JsonNode body = json.root();
  const std::string type = body["typeWebhook"].text();
  const bool about_message = type == "incomingMessageReceived" || type == "outgoingMessageStatus";
  if (about_message && body["idMessage"].text().empty()) {
    throw comms::Error(COMMS_INVALID, "the message has no id");
  }
  if (type == "incomingMessageReceived") return received(body);
  if (type == "outgoingMessageStatus") return told_status(body);
  if (type == "stateInstanceChanged" && body["stateInstance"].text() != "authorized") {
    host_.log(COMMS_LOG_WARN, "the GREEN-API instance is now " +
                                  redact(body["stateInstance"].text()) +
                                  ": it neither sends nor receives");
  }
  if (body["quotaData"]) {
    host_.log(COMMS_LOG_WARN, "the plan of the GREEN-API instance is used up: " +
                                  redact(body.at("/quotaData/status").text()));
  }
  return {};
}

comms::Reply Greenapi::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{}", "application/json"};
}

}  // namespace greenapi
