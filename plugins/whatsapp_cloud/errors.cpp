#include "errors.h"

#include <algorithm>

#include <comms/cpp/redact.hpp>
#include <comms/cpp/utf8.hpp>

namespace whatsapp_cloud {

namespace {

struct Known {
  std::int64_t code;
  comms::Status status;
  const char* remedy;
};

constexpr const char* by_itself = "nothing: it is tried again by itself";

/// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
constexpr Known known_codes[] = {
    {0, COMMS_UNAUTHENTICATED, "make a new access token for the system user"},
    {190, COMMS_UNAUTHENTICATED, "make a new access token for the system user"},
    {3, COMMS_DENIED, "give the token the permission whatsapp_business_messaging"},
    {10, COMMS_DENIED, "give the token the permission whatsapp_business_messaging"},
    {200, COMMS_DENIED, "give the system user access to the WhatsApp account"},
    {4, COMMS_RATE_LIMITED, by_itself},
    {80007, COMMS_RATE_LIMITED, by_itself},
    {130429, COMMS_RATE_LIMITED, by_itself},
    {131048, COMMS_RATE_LIMITED, "too many people blocked this number: send to those who asked"},
    {131056, COMMS_RATE_LIMITED, "too many messages to this one recipient in a short time"},
    {133016, COMMS_RATE_LIMITED, "wait three days before registering this number again"},
    {33, COMMS_INVALID, "check phone_number_id"},
    {100, COMMS_REJECTED, "check the recipient, the template's variables and phone_number_id"},
    {368, COMMS_DENIED, "Meta has restricted the account: see the Business Support page"},
    {131031, COMMS_DENIED, "Meta has locked the account: see the Business Support page"},
    {130497, COMMS_REJECTED, "Meta does not allow this business to write to that country"},
    {131008, COMMS_REJECTED, "a value that the message needs is missing"},
    {131009, COMMS_REJECTED, "check the recipient and the template's variables"},
    {131021, COMMS_REJECTED, "the recipient is the sender itself"},
    {131026, COMMS_REJECTED, "the recipient has no WhatsApp, an old version, or refused its terms"},
    {131030, COMMS_REJECTED, "a test number writes to the recipients listed for it only"},
    {131042, COMMS_DENIED, "set up a payment method in Meta's Business settings"},
    {131045, COMMS_DENIED, "register the number: its certificate or PIN is missing"},
    {131047, COMMS_REJECTED, "the 24-hour window is closed: send an approved template"},
    {131049, COMMS_REJECTED, "Meta limits marketing to this person; do not send it again soon"},
    {131050, COMMS_REJECTED, "the recipient does not want marketing from this number"},
    {131051, COMMS_REJECTED, "this kind of message is not supported"},
    {131052, COMMS_REJECTED, "the received file cannot be had any more"},
    {131053, COMMS_REJECTED, "Meta could not take the file: check its type, size and URL"},
    {132000, COMMS_REJECTED, "give as many variables as the template has"},
    {132001, COMMS_REJECTED, "there is no approved template of this name in this language"},
    {132005, COMMS_REJECTED, "the template's text is too long with these variables"},
    {132007, COMMS_REJECTED, "the template's content breaks Meta's policy"},
    {132012, COMMS_REJECTED, "a variable is not of the kind the template has"},
    {132015, COMMS_REJECTED, "the template is paused for its low quality"},
    {132016, COMMS_REJECTED, "the template is disabled for its low quality"},
    {133005, COMMS_REJECTED, "the PIN is wrong: check the setting pin"},
    {133010, COMMS_DENIED, "register the phone number first"},
    {136025, COMMS_REJECTED, "the code is wrong: ask for a new one"},
};

constexpr std::size_t longest_message = 300;

}  // namespace

std::string redact(std::string_view text) {
  constexpr std::size_t digits_of_code = 6;
  return comms::redact(comms::utf8_front(text, longest_message), digits_of_code);
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  const comms::JsonNode told = body["error"];
  error.vendor_code = told["code"].text();
  std::string said = told["message"].text();
  const std::string details = told.at("/error_data/details").text();
  if (!details.empty()) said += ": " + details;
  if (const std::string clean = redact(said); !clean.empty()) error.message += ": " + clean;
  // 5xx say nothing about acceptance, whatever the code; 2xx with an error did not come from Meta.
  if (answer.status() < 400 || answer.status() >= 500 || error.vendor_code.empty()) return error;
  const std::int64_t code = told["code"].integer(-1);
  const auto* known = std::find_if(std::begin(known_codes), std::end(known_codes),
                                   [&](const Known& entry) { return entry.code == code; });
  if (known != std::end(known_codes)) {
    error.status = known->status;
    error.remedy = known->remedy;
  } else if (code > 200 && code < 300) {
    error.status = COMMS_DENIED;
    error.remedy = "give the token the permission that Meta names";
  } else if (error.status == COMMS_NOT_FOUND) {
    error.status = COMMS_INVALID;
    error.remedy = "check phone_number_id and api_version";
  }
  return error;
}

}  // namespace whatsapp_cloud
