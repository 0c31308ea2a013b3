#include "errors.h"

#include <comms/cpp/redact.hpp>
#include <comms/cpp/remedy.hpp>

namespace telnyx {

namespace {

constexpr comms::Remedy known[] = {
#include "remedies.inc"
};
constexpr comms::Remedies remedies(known);

}  // namespace

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  // TeXML's own interface may answer with a single error beside the list (both seen documented).
  const comms::JsonNode first = body.at("/errors/0") ? body.at("/errors/0") : body.root();
  error.vendor_code = first["code"].text();
  const std::string title = comms::redact(first["title"].text());
  if (!title.empty()) error.message += ": " + title;
  remedies.apply(error, answer.status());
  return error;
}

comms::Error error_of_create(const comms::HttpResponse& answer) {
  return comms::error_of_create(
      error_of(answer), "check account_id and texml_application_id: Telnyx does not know them");
}

}  // namespace telnyx
