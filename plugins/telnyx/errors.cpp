#include "errors.h"

namespace telnyx {

namespace {

struct Remedy {
  std::string_view code;
  comms::Status status;  // 0 = as the HTTP status says
  std::string_view remedy;
};

constexpr Remedy remedies[] = {
#include "remedies.inc"
};

const Remedy* find_remedy(std::string_view code) {
  for (const Remedy& entry : remedies) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

}  // namespace

std::string_view remedy_of(std::string_view code) {
  const Remedy* entry = find_remedy(code);
  return entry ? entry->remedy : std::string_view();
}

std::string impersonal(std::string title) {
  int digits = 0;
  for (const char c : title) {
    digits += c >= '0' && c <= '9';
    if (digits > 5 || c == '@') return {};
  }
  constexpr std::size_t longest = 200;
  if (title.size() > longest) return {};
  return title;
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  // TeXML's own interface may answer with a single error beside the list (both seen documented).
  const comms::JsonNode first = body.at("/errors/0") ? body.at("/errors/0") : body.root();
  error.vendor_code = first["code"].text();
  const std::string title = impersonal(first["title"].text());
  if (!title.empty()) error.message += ": " + title;
  const bool refused = answer.status() >= 400 && answer.status() < 500;
  if (const Remedy* entry = find_remedy(error.vendor_code); entry && refused) {
    if (entry->status) error.status = entry->status;
    error.remedy = entry->remedy;
  }
  return error;
}

comms::Error error_of_create(const comms::HttpResponse& answer) {
  comms::Error error = error_of(answer);
  if (error.status == COMMS_NOT_FOUND) {
    error.status = COMMS_INVALID;
    error.remedy = "check account_id and texml_application_id: Telnyx does not know them";
  }
  return error;
}

}  // namespace telnyx
