#include "errors.h"

#include <comms/cpp/redact.hpp>
#include <comms/cpp/remedy.hpp>

namespace twilio {

namespace {

constexpr comms::Remedy known[] = {
#include "remedies.inc"
};
constexpr comms::Remedies remedies(known);

}  // namespace

std::string_view remedy_of(std::string_view code) {
  return remedies.of(code);
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  error.vendor_code = body["code"].text();
  const std::string said = comms::redact(body["message"].text());
  if (!said.empty()) error.message += ": " + said;
  remedies.apply(error, answer.status());
  return error;
}

comms::Error error_of_create(const comms::HttpResponse& answer) {
  return comms::error_of_create(error_of(answer),
                                "check account_sid: Twilio does not know this account");
}

}  // namespace twilio
