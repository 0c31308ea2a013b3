#include "failure.h"

#include <array>

namespace deepgram {

namespace {

/// Codes of https://developers.deepgram.com/docs/errors and
/// /docs/stt-troubleshooting-websocket-data-and-net-errors.
constexpr std::array<std::pair<std::string_view, const char*>, 7> remedies = {{
    {"INVALID_AUTH", "make a new key in the Deepgram console and set api_key"},
    {"INSUFFICIENT_PERMISSIONS", "give the API key the role Member, and access to the model"},
    {"ASR_PAYMENT_REQUIRED", "add credit at Deepgram"},
    {"TOO_MANY_REQUESTS", "nothing: it is tried again by itself; a larger plan allows more"},
    {"DATA-0000", "send audio in the encoding and at the rate that the session was opened with"},
    {"NET-0000", "open another session"},
    {"NET-0001", "send audio or end the session: Deepgram waits ten seconds"},
}};

void advise(comms::Error& error) {
  for (const auto& [code, remedy] : remedies) {
    if (error.vendor_code == code) error.remedy = remedy;
  }
}

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error("/err_code", "/err_msg");
  const comms::Json answer = response.json();
  if (error.vendor_code.empty()) {  // the newer form
    error.vendor_code = answer["category"].text();
    const std::string said = answer["message"].text();
    if (!said.empty()) error.message += ": " + said;
  }
  if (response.status() == 402) error.status = COMMS_DENIED;
  advise(error);
  return error;
}

comms::Error failure(const comms_ws_close& how) {
  if (how.http_status != 0) {
    comms::HttpFailure refused;
    refused.status = how.http_status;
    refused.idempotent = true;  // nothing was heard yet
    comms::Error error = comms::http_error(refused);
    if (how.http_status == 402) error.status = COMMS_DENIED;
    error.message =
        "Deepgram refused the live session with HTTP " + std::to_string(how.http_status);
    return error;
  }
  if (how.transport != COMMS_OK && how.code == 0) {
    return comms::Error(how.transport, "Deepgram cannot be reached");
  }
  const std::string_view reason = comms::view(how.reason);
  comms::Error error(COMMS_UNAVAILABLE,
                     "Deepgram ended the live session (" + std::to_string(how.code) + ")");
  // "NET-0001 ..." and alike begin the reason.
  error.vendor_code = std::string(reason.substr(0, reason.find_first_of(" :,")).substr(0, 40));
  if (!reason.empty()) error.message += ": " + std::string(reason.substr(0, 123));
  if (how.code == 1008) error.status = COMMS_REJECTED;
  advise(error);
  return error;
}

}  // namespace deepgram
