#include <comms/cpp/utf8.hpp>

#include "errors.h"
#include "telephony.h"

// Sub-accounts: accounts of their own below the configured one, which pays for them.

namespace twilio {

namespace {

constexpr std::size_t longest_name = 64;  // of a FriendlyName

/// How an account is found again: Twilio keeps no reference but the name.
std::string friendly_name(const comms::AccountRequest& request) {
  const std::string end = " [" + std::string(request.client_ref) + "]";
  const std::size_t left = longest_name > end.size() ? longest_name - end.size() : 0;
  return std::string(comms::utf8_front(request.name, left)) + end;
}

comms::Fields fields_of(const comms::JsonNode& account) {
  // A sub-account signs its webhooks with its own token, and the keys and messaging services of the
  // main account are not its.
  return {{"id", account["sid"].text()},
          {"config.account_sid", account["sid"].text()},
          {"config.auth_token", account["auth_token"].text()},
          {"config.api_key_sid", ""},
          {"config.messaging_service_sid", ""}};
}

}  // namespace

comms::Outcome<comms::Fields> Telephony::create_account(const comms::AccountRequest& request) {
  if (request.client_ref.empty()) return comms::Error(COMMS_INVALID, "there is no reference");
  comms::Form form;
  form.add("FriendlyName", friendly_name(request));
  return account_.authorized(comms::post(account_.accounts()))
      .form(form)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        if (body["sid"].text().empty()) return error_of(answer);
        return fields_of(body.root());
      });
}

comms::Outcome<comms::Fields> Telephony::find_account(const comms::AccountRequest& request) {
  const std::string name = friendly_name(request);
  return account_
      .authorized(comms::get(account_.accounts() + "?FriendlyName=" + comms::percent_encode(name)))
      .then([name](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        const comms::JsonNode list = body["accounts"];
        // "Not found" has the account made again: only a list that was read may say so.
        if (list.type() != COMMS_JSON_ARRAY) return error_of(answer);
        for (const comms::JsonNode account : list) {
          if (account["friendly_name"].text() == name && account["status"].text() != "closed") {
            return fields_of(account);
          }
        }
        return comms::Error(COMMS_NOT_FOUND, "there is no sub-account of this name");
      });
}

comms::Outcome<comms::Done> Telephony::close_account(std::string_view account_id) {
  if (account_id.empty()) return comms::Error(COMMS_INVALID, "there is no account id");
  comms::Form form;
  form.add("Status", "closed");
  return account_.authorized(comms::post(account_.accounts(comms::percent_encode(account_id))))
      .form(form)
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return comms::Done{};
      });
}

}  // namespace twilio
