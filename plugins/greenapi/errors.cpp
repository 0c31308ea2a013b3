#include "errors.h"

#include <algorithm>

#include <comms/cpp/redact.hpp>
#include <comms/cpp/utf8.hpp>

namespace greenapi {

namespace {

struct Known {
  std::string_view text;  // part of what the vendor says
  comms::Status status;
  const char* remedy;
};

/// https://green-api.com/en/docs/api/common-errors/
constexpr Known known_texts[] = {
    {"instance account not authorized", COMMS_DENIED,
     "link the phone again: GREEN-API console, QR code"},
    {"instance in starting process", COMMS_UNAVAILABLE, "nothing: it is tried again by itself"},
    {"Correspondents quota", COMMS_DENIED,
     "take a larger plan at GREEN-API: this one allows few chats a month"},
    {"chatId", COMMS_REJECTED, "the recipient is no valid number; write it as + and country code"},
    {"urlFile", COMMS_REJECTED, "give a public URL of a file that GREEN-API can download"},
    {"is too big", COMMS_REJECTED, "send a smaller file"},
};

constexpr std::size_t longest_message = 200;

bool is_english(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x80 && c != '<'; });
}

}  // namespace

std::string redact(std::string_view text) {
  return comms::redact(comms::utf8_front(text, longest_message));
}

comms::Error error_of(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  if (response.status() == 0 || response.ok()) return error;
  error.vendor_code = std::to_string(response.status());
  // The vendor's own errors are JSON or one line of English; anything else is a proxy's.
  const comms::Json body = response.json();
  std::string said = body["message"].text();
  if (!body && is_english(response.body())) said = response.body();
  const std::string clean = redact(said);
  if (!clean.empty()) error.message += ": " + clean;
  switch (response.status()) {
    case 403:  // the instance is not this token's
      error.status = COMMS_UNAUTHENTICATED;
      [[fallthrough]];
    case 401:
      error.remedy = "check id_instance and api_token against the GREEN-API console";
      break;
    case 404:  // of a path, not of a message
      error.status = COMMS_INVALID;
      error.remedy = "check api_url: the GREEN-API console shows the one of this instance";
      break;
    case 429:
      error.remedy = "nothing: it is tried again by itself";
      break;
    case 466:
      error.status = COMMS_DENIED;
      error.remedy = "take a larger plan at GREEN-API: this one allows few chats a month";
      break;
    case 499:  // GREEN-API gave up on its own phone in the middle
      error.status = COMMS_AMBIGUOUS;
      break;
    case 400:
      for (const Known& entry : known_texts) {
        if (said.find(entry.text) == std::string::npos) continue;
        error.status = entry.status;
        error.remedy = entry.remedy;
        break;
      }
      break;
    default:
      break;
  }
  return error;
}

comms::Error state_error(const std::string& state) {
  if (state == "starting") {
    return comms::Error(COMMS_UNAVAILABLE, "the GREEN-API instance is starting", state,
                        "wait up to five minutes");
  }
  if (state == "blocked") {
    return comms::Error(COMMS_DENIED, "WhatsApp has blocked the linked number", state,
                        "link another number in the GREEN-API console");
  }
  if (state == "sleepMode") {
    return comms::Error(COMMS_UNAVAILABLE, "the linked phone is switched off", state,
                        "switch the phone on and open WhatsApp");
  }
  if (state == "yellowCard") {
    return comms::Error(COMMS_DENIED, "WhatsApp has suspended sending from the linked number",
                        state, "wait, and then send more slowly to people who know the number");
  }
  return comms::Error(COMMS_DENIED, "no phone is linked to the GREEN-API instance", redact(state),
                      "scan the QR code in the GREEN-API console with the phone");
}

}  // namespace greenapi
