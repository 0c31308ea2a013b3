#include "cloud.h"
#include "errors.h"

// Registration of the number (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/
// registration): code by SMS, verify_code, register with the PIN of two-step verification.

namespace whatsapp_cloud {

namespace {

bool succeeded(const comms::HttpResponse& answer) {
  return answer.ok() && answer.json()["success"].boolean();
}

}  // namespace

comms::Outcome<comms::Fields> Cloud::register_sender(const comms::WhatsappSender& sender) {
  Registration registration{std::string(sender.message_url), std::string(sender.verification_code)};
  if (!registration.message_url.empty() && verify_token_.empty()) {
    return comms::Error(COMMS_INVALID, "verify_token is needed before webhooks are asked for", {},
                        "set it to a secret of your own");
  }
  if (registration.code.empty()) return set_webhook(std::move(registration));
  if (pin_.empty()) {
    return comms::Error(COMMS_INVALID, "pin is needed to register a number", {},
                        "set it to the six digits of two-step verification");
  }
  comms::JsonObject body;
  body.put("code", registration.code);
  return number("POST", "/verify_code")
      .json(body)
      .idempotent()
      .then(
          [this, registration](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
            if (!succeeded(answer)) return error_of(answer);
            return register_number(registration);
          });
}

comms::Outcome<comms::Fields> Cloud::register_number(Registration registration) const {
  comms::JsonObject body;
  body.put("messaging_product", "whatsapp").put("pin", pin_);
  return number("POST", "/register")
      .json(body)
      .idempotent()
      .then([this, registration = std::move(registration)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!succeeded(answer)) return error_of(answer);
        return set_webhook(registration);
      });
}

comms::Outcome<comms::Fields> Cloud::set_webhook(Registration registration) const {
  if (registration.message_url.empty()) return describe(std::move(registration));
  comms::JsonObject hook, body;
  hook.put("override_callback_uri", registration.message_url).put("verify_token", verify_token_);
  return number("POST", "")
      .json(body.put("webhook_configuration", hook))
      .idempotent()
      .then([this, registration = std::move(registration)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!succeeded(answer)) return error_of(answer);
        return describe(registration);
      });
}

comms::Outcome<comms::Fields> Cloud::describe(Registration registration) const {
  return number("GET", "?fields=id,code_verification_status,quality_rating,verified_name")
      .then([this, asked = registration.code.empty()](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        const comms::Json told = answer.json();
        if (!answer.ok() || told["id"].text().empty()) return error_of(answer);
        // A verification runs out after two weeks and the number stays registered.
        const std::string state = told["code_verification_status"].text();
        if (state == "VERIFIED") return comms::Fields{{"id", number_id_}, {"status", "online"}};
        if (asked) return request_code();
        return comms::Fields{{"id", number_id_}, {"status", "pending"}};
      });
}

comms::Outcome<comms::Fields> Cloud::request_code() const {
  comms::JsonObject body;
  body.put("code_method", "SMS").put("language", language_);
  return number("POST", "/request_code")
      .json(body)
      .then([this](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!succeeded(answer)) return error_of(answer);
        return comms::Fields{{"id", number_id_}, {"status", "verification_needed"}};
      });
}

}  // namespace whatsapp_cloud
