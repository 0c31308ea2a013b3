#include "resend.h"

#include <array>
#include <utility>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/stream.hpp>

namespace resend {

namespace {

/// Resend's error names (https://resend.com/docs/api-reference/errors) and what to do about them.
constexpr std::array<std::pair<std::string_view, const char*>, 9> remedies = {{
    {"missing_api_key", "set api_key in the email provider's settings"},
    {"invalid_api_key", "make a new key in the Resend dashboard and set api_key"},
    {"restricted_api_key", "use a key with full access, not one that may only send"},
    {"invalid_from_address", "send from an address of a domain that is verified at Resend"},
    {"validation_error", "verify the sender's domain at Resend and check the addresses"},
    {"daily_quota_exceeded", "wait until tomorrow or take a larger plan"},
    {"monthly_quota_exceeded", "take a larger plan"},
    {"rate_limit_exceeded", "nothing: it is tried again by itself"},
    {"invalid_attachment", "give each attachment a file name and content"},
}};

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error("/name", "/message");
  for (const auto& [name, remedy] : remedies) {
    if (error.vendor_code == name) error.remedy = remedy;
  }
  // 409 with this name: the first request with the key is still being worked on. Ask again.
  if (error.vendor_code == "concurrent_idempotent_requests") error.status = COMMS_RATE_LIMITED;
  if (error.vendor_code == "invalid_idempotent_request") error.status = COMMS_REJECTED;
  return error;
}

Resend::Resend(const comms::Host& host, const comms::Config& config)
    : host_(host),
      key_(config.required("api_key")),
      region_(config.text("region", "us-east-1")),
      base_(config.url("base_url", "https://api.resend.com")) {
  const std::string secret = config.text("webhook_secret");
  if (secret.empty()) return;
  const auto key = comms::Crypto(host).from_base64(std::string_view(secret).substr(6));
  if (!key) throw comms::Error(COMMS_INVALID, "webhook_secret is not base64 behind whsec_");
  secret_ = *key;
}

comms::Request Resend::ask(std::string method, const std::string& path) const {
  return comms::Request(std::move(method), base_ + path).bearer(key_);
}

comms::Outcome<comms::Done> Resend::probe() {
  return ask("GET", "/domains")
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) return failure(response);
        return comms::Done{};
      });
}

comms::Outcome<comms::Receipt> Resend::send(const comms::EmailMessage& message) {
  comms::JsonObject body;
  body.put("from", message.from).put("to", message.to).put("subject", message.subject);
  if (!message.cc.empty()) body.put("cc", message.cc);
  if (!message.bcc.empty()) body.put("bcc", message.bcc);
  body.put_nonempty("reply_to", message.reply_to);
  body.put_nonempty("html", message.html);
  if (!message.text.empty() || message.html.empty()) body.put("text", message.text);
  if (!message.headers.empty()) {
    comms::JsonObject headers;
    for (const comms::Pair header : message.headers) headers.put(header.key, header.value);
    body.put("headers", headers);
  }
  if (!message.attachments.empty()) {
    comms::JsonArray attachments;
    for (const comms::MediaView file : message.attachments) {
      comms::JsonObject item;
      item.put("filename", file.filename).put("content", comms::Crypto(host_).base64(file.data));
      item.put_nonempty("content_type", file.content_type);
      item.put_nonempty("content_id", file.content_id);
      attachments.add(item);
    }
    body.put("attachments", attachments);
  }
  if (!message.client_ref.empty()) {
    // Comes back in every event, which is how one finds its message when the answer was lost.
    comms::JsonObject tag;
    tag.put("name", "commsd_attempt").put("value", message.client_ref);
    body.put("tags", comms::JsonArray().add(tag));
  }
  return ask("POST", "/emails")
      .idempotency_key(message.idempotency_key)
      .json(body)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        std::string id = response.json()["id"].text();
        if (id.empty()) return comms::Error(COMMS_AMBIGUOUS, "Resend's answer names no e-mail");
        return comms::Receipt{std::move(id), "queued"};
      });
}

comms::Outcome<comms::Receipt> Resend::find_message(const comms::Find& what) {
  if (what.vendor_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Resend finds an e-mail by its own id only");
  }
  return ask("GET", "/emails/" + comms::percent_encode(what.vendor_id))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        const comms::Json email = response.json();
        if (email["id"].text().empty()) return failure(response);
        const std::string event = email["last_event"].text();
        std::string status = "sent";
        if (event == "delivered" || event == "opened" || event == "clicked") status = "delivered";
        if (event == "bounced" || event == "failed") status = "undelivered";
        if (event == "queued" || event == "scheduled") status = "queued";
        return comms::Receipt{email["id"].text(), status};
      });
}

}  // namespace resend
