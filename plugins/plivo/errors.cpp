#include "errors.h"

#include <comms/cpp/redact.hpp>
#include <comms/cpp/remedy.hpp>

namespace plivo {

namespace {

constexpr comms::Remedy known[] = {
#include "remedies.inc"
};
constexpr comms::Remedies remedies(known);

constexpr std::size_t longest_words = 200;

}  // namespace

std::string_view remedy_of(std::string_view code) {
  return remedies.of(code);
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  // A text mostly, an object at times (plivo-go, baseclient.go); a 401 is no JSON at all.
  const std::string said = comms::redact(answer.json()["error"].text());
  if (!said.empty() && said.size() <= longest_words) error.message += ": " + said;
  if (answer.status() == 401) error.remedy = "check auth_id and auth_token in the Plivo Console";
  if (answer.status() == 402) {
    error.status = COMMS_DENIED;
    error.remedy = "add credit in the Plivo Console, Billing";
  }
  return error;
}

comms::Error error_of_create(const comms::HttpResponse& answer) {
  return comms::error_of_create(error_of(answer),
                                "check auth_id and base_url: Plivo does not know this address");
}

}  // namespace plivo
