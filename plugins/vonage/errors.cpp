#include "errors.h"

#include <comms/cpp/remedy.hpp>

namespace vonage {

namespace {

constexpr std::size_t longest_title = 120;

// Codes of messages: developer.vonage.com/api-errors/messages; of numbers: the Numbers API.
constexpr comms::Remedy known[] = {
    {"1000", COMMS_RATE_LIMITED, "wait; more messages a second are to be had from Vonage"},
    {"1020", 0, "check the sender and the recipient: Vonage takes E.164 numbers"},
    {"1060", 0, "the recipient's number cannot take this kind of message; check the number"},
    {"1120", 0, "send from a number of this Vonage account, linked to an application"},
    {"1160", 0, "check the recipient's number"},
    {"1170", 0, "check the recipient's number"},
    {"1330", 0, "the number cannot be reached on this channel; check it, or use another channel"},
    {"1340", COMMS_REJECTED, "outside the 24-hour window; send an approved template"},
    {"1022", COMMS_REJECTED, "check the template's name, its language and its variables"},
    {"1210", COMMS_REJECTED, "the recipient opted out; do not write again"},
    {"1240", COMMS_REJECTED, "the recipient opted out; do not write again"},
    {"1320", COMMS_REJECTED, "this sender is blocked; see the Vonage Dashboard"},
    {"1420", 0, "the sender is not registered for this country (10DLC, sender id); register it"},
    {"low-balance", COMMS_REJECTED, "add credit in the Vonage Dashboard, Billing"},
    {"420", COMMS_REJECTED, "the number is taken, or the account may not have it; try another one"},
};
constexpr comms::Remedies remedies(known);

}  // namespace

std::string code_of(std::string_view problem_type) {
  const std::size_t cut = problem_type.find_last_of("#/");
  return std::string(cut == std::string_view::npos ? problem_type : problem_type.substr(cut + 1))
      .substr(0, 64);
}

std::string_view remedy_of(std::string_view code) {
  return remedies.of(code);
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  // api.nexmo.com speaks RFC 7807, rest.nexmo.com has a code and a label of its own.
  error.vendor_code = code_of(body["type"].text());
  std::string title = body["title"].text(body["error_title"].text());
  if (const std::string code = body["error-code"].text(); !code.empty()) {
    error.vendor_code = code.substr(0, 64);
    title = body["error-code-label"].text();
  }
  if (!title.empty()) error.message += ": " + title.substr(0, longest_title);
  remedies.apply(error, answer.status());
  return error;
}

comms::Error error_of_create(const comms::HttpResponse& answer) {
  return comms::error_of_create(
      error_of(answer), "check application_id and base_url: Vonage does not know this address");
}

}  // namespace vonage
