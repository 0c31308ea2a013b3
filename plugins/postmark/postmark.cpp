#include "postmark.h"

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/remedy.hpp>
#include <comms/cpp/stream.hpp>

namespace postmark {

namespace {

/// Postmark's error codes (https://postmarkapp.com/developer/api/overview, "API error codes").
/// What is the matter with the account and not with the message may go out through another
/// provider.
constexpr comms::Remedy codes[] = {
    {"10", COMMS_UNAUTHENTICATED, "copy the token from the API Tokens tab at Postmark"},
    {"300", 0, "check the addresses, and that there is a subject and a body"},
    {"400", 0, "verify the sender's domain, or add its sender signature at Postmark"},
    {"401", 0, "confirm the sender signature: Postmark sent a mail to that address"},
    {"405", COMMS_DENIED, "the account has no credits left: take a larger plan at Postmark"},
    {"406", 0,
     "the recipient bounced, complained or unsubscribed; Postmark's Suppressions can reactivate "
     "it"},
    {"411", 0, "send the file with another type, or a link to it"},
    {"412", COMMS_DENIED,
     "the account waits for Postmark's approval, and may write to its own domains only until then"},
    {"413", COMMS_DENIED, "the account may not send: ask Postmark's support"},
    {"429", COMMS_RATE_LIMITED, "nothing: it is tried again by itself"},
    {"701", COMMS_NOT_FOUND, ""},
    {"1235", COMMS_DENIED, "name a stream of this server in message_stream"},
    {"1236", COMMS_DENIED, "name a stream of this server that is not archived in message_stream"},
};
constexpr comms::Remedies remedies(codes);

std::string joined(const comms::Strings& mailboxes) {
  std::string list;
  for (std::string_view mailbox : mailboxes) {
    if (!list.empty()) list += ", ";
    list += mailbox;
  }
  return list;
}

comms::JsonArray headers_of(const comms::EmailMessage& message) {
  comms::JsonArray list;
  const auto add = [&list](std::string_view name, std::string_view value) {
    list.add(comms::JsonObject().put("Name", name).put("Value", value));
  };
  for (const comms::Pair header : message.headers) {
    add(header.key, header.value);
    // Postmark writes a Message-ID of its own otherwise
    // (https://postmarkapp.com/developer/user-guide/send-email-with-api, "Custom headers").
    if (comms::same_text(header.key, "Message-ID")) add("X-PM-KeepID", "true");
  }
  return list;
}

std::string status_of(comms::JsonNode message) {
  std::string status = "sent";
  for (comms::JsonNode event : message["MessageEvents"]) {
    const std::string type = event["Type"].text();
    if (type == "Delivered") status = "delivered";
    if (type == "Bounced") status = "undelivered";
  }
  return comms::same_text(message["Status"].text(), "queued") ? "queued" : status;
}

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error("/ErrorCode", "/Message");
  // A code in a 200 is a refusal as well; without one the answer made no sense.
  const bool refused = response.ok() && !error.vendor_code.empty() && error.vendor_code != "0";
  if (refused) error.status = COMMS_REJECTED;
  remedies.apply(error, refused ? 422 : response.status());
  if (response.status() == 413) error.remedy = "send less than 10 MB, or a link to the file";
  return error;
}

Postmark::Postmark(const comms::Host& host, const comms::Config& config)
    : host_(host),
      server_token_(config.required("server_token")),
      account_token_(config.text("account_token")),
      password_(config.text("webhook_password")),
      header_(config.text("webhook_header")),
      stream_(config.text("message_stream", "outbound")),
      return_path_(config.text("return_path", "pm-bounces")),
      base_(config.url("base_url", "https://api.postmarkapp.com")) {}

comms::Request Postmark::ask_server(std::string method, const std::string& path) const {
  return comms::Request(std::move(method), base_ + path)
      .header("Accept", "application/json")
      .header("X-Postmark-Server-Token", server_token_);
}

comms::Outcome<comms::Done> Postmark::probe() {
  return ask_server("GET", "/server")
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) return failure(response);
        return comms::Done{};
      });
}

comms::Outcome<comms::Receipt> Postmark::send(const comms::EmailMessage& message) {
  comms::JsonObject body;
  body.put("From", message.from).put("To", joined(message.to)).put("Subject", message.subject);
  body.put_nonempty("Cc", joined(message.cc)).put_nonempty("Bcc", joined(message.bcc));
  body.put_nonempty("ReplyTo", message.reply_to);
  body.put_nonempty("HtmlBody", message.html);
  if (!message.text.empty() || message.html.empty()) body.put("TextBody", message.text);
  body.put("MessageStream", stream_);
  if (!message.headers.empty()) body.put("Headers", headers_of(message));
  if (!message.attachments.empty()) {
    comms::JsonArray attachments;
    for (const comms::MediaView file : message.attachments) {
      const std::string_view type = file.content_type;
      comms::JsonObject item;
      item.put("Name", file.filename).put("Content", comms::Crypto(host_).base64(file.data));
      item.put("ContentType", type.empty() ? "application/octet-stream" : type);
      if (!file.content_id.empty()) item.put("ContentID", "cid:" + std::string(file.content_id));
      attachments.add(item);
    }
    body.put("Attachments", attachments);
  }
  if (!message.client_ref.empty()) {
    body.put("Metadata", comms::JsonObject().put(reference_name, message.client_ref));
  }
  return ask_server("POST", "/email")
      .json(body)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        if (answer["ErrorCode"].integer() != 0) return failure(response);
        std::string id = answer["MessageID"].text();
        if (id.empty()) return comms::Error(COMMS_AMBIGUOUS, "Postmark's answer names no message");
        return comms::Receipt{std::move(id), "queued"};
      });
}

comms::Outcome<comms::Receipt> Postmark::find_message(const comms::Find& what) {
  if (what.vendor_id.empty()) {
    if (what.client_ref.empty()) {
      return comms::Error(COMMS_UNSUPPORTED, "Postmark finds a message by an id or reference only");
    }
    return find_by_reference(std::string(what.client_ref));
  }
  return ask_server("GET",
                    "/messages/outbound/" + comms::percent_encode(what.vendor_id) + "/details")
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        const comms::Json message = response.json();
        std::string id = message["MessageID"].text();
        if (id.empty()) return failure(response);
        return comms::Receipt{std::move(id), status_of(message.root())};
      });
}

/// "metadata_NAME" filters (https://postmarkapp.com/developer/api/messages-api). Each of what is
/// found is looked at: a filter that was not understood would show what others sent, and that ours
/// is not among the newest says nothing.
comms::Outcome<comms::Receipt> Postmark::find_by_reference(std::string reference) const {
  return ask_server("GET", "/messages/outbound?count=50&offset=0&messagestream=" +
                               comms::percent_encode(stream_) + "&metadata_" +
                               std::string(reference_name) + "=" + comms::percent_encode(reference))
      .then([reference = std::move(reference)](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        const comms::JsonNode messages = answer["Messages"];
        if (messages.type() != COMMS_JSON_ARRAY) return failure(response);
        for (comms::JsonNode message : messages) {
          if (message["Metadata"][reference_name].text() != reference) continue;
          return comms::Receipt{message["MessageID"].text(),
                                status_of(message),
                                COMMS_COST_UNKNOWN,
                                {},
                                {{"match", "client_ref"}}};
        }
        if (messages.size() > 0) {
          return comms::Error(COMMS_INTERNAL, "Postmark does not filter by metadata any more");
        }
        return comms::Error(COMMS_NOT_FOUND, "Postmark has no message with this reference");
      });
}

}  // namespace postmark
