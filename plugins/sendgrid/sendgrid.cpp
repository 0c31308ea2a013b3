#include "sendgrid.h"

#include <comms/cpp/stream.hpp>

#include "events.h"
#include "failure.h"
#include "inbound.h"
#include "mail.h"

namespace sendgrid {

namespace {

/// "The total size of your email, including attachments, must be less than 30MB"
/// (https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations).
constexpr std::size_t largest_mail = std::size_t{30} * 1024 * 1024;

std::string origin(const comms::Config& config) {
  const bool europe = config.text("region") == "eu";
  return config.url("base_url",
                    europe ? "https://api.eu.sendgrid.com" : "https://api.sendgrid.com");
}

}  // namespace

Sendgrid::Sendgrid(const comms::Host& host, const comms::Config& config)
    : host_(host), key_(config.required("api_key")), base_(origin(config)), guard_(host, config) {}

comms::Request Sendgrid::ask(std::string method, const std::string& path) const {
  return comms::Request(std::move(method), base_ + path).bearer(key_);
}

comms::Error Sendgrid::failure_of(const comms::HttpResponse& response) const {
  return failure(host_, response);
}

/// Any key may ask for its own permissions.
comms::Outcome<comms::Done> Sendgrid::probe() {
  return ask("GET", "/v3/scopes")
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) return failure_of(response);
        const comms::Json answer = response.json();
        if (answer["scopes"].type() != COMMS_JSON_ARRAY) return failure_of(response);
        for (comms::JsonNode scope : answer["scopes"]) {
          if (scope.text() == "mail.send") return comms::Done{};
        }
        return comms::Error(COMMS_DENIED, "the API key may not send mail", {},
                            "give the key the permission Mail Send");
      });
}

comms::Outcome<comms::Receipt> Sendgrid::send(const comms::EmailMessage& message) {
  std::string body = mail_body(host_, message);
  if (body.size() >= largest_mail) {
    return comms::Error(COMMS_REJECTED, "the mail is larger than the 30 MB that SendGrid takes", {},
                        "send smaller or fewer attachments, or links to them");
  }
  return ask("POST", "/v3/mail/send")
      .body("application/json", std::move(body))
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure_of(response);
        // The body is empty; the id is in the header alone.
        std::string id(response.header("X-Message-Id"));
        if (id.empty()) {
          return comms::Error(COMMS_AMBIGUOUS, "SendGrid's answer names no message");
        }
        return comms::Receipt{std::move(id), "queued"};
      });
}

bool Sendgrid::verify_webhook(const comms::HttpIn& in) {
  return guard_.is_authentic(in);
}

comms::Events Sendgrid::parse_webhook(const comms::HttpIn& in) {
  if (is_mail(in)) return {mail_event(host_, in)};
  return status_events(host_, in.body);
}

comms::Reply Sendgrid::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"received\":true}", "application/json"};
}

}  // namespace sendgrid
