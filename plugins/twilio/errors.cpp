#include "errors.h"

namespace twilio {

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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Length of what looks like a telephone number at the front of `text`; 0 = nothing does. Five
/// digits or fewer stay: they are error codes, HTTP statuses and limits.
std::size_t number_length(std::string_view text) {
  if (!is_digit(text[0]) && text[0] != '+' && text[0] != '(') return 0;
  std::size_t digits = 0, end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
      end = i + 1;
    } else if (std::string_view("+-(). ").find(c) == std::string_view::npos) {
      break;
    }
  }
  return digits > 5 ? end : 0;
}

std::size_t word_length(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r\n\"'<>,;");
  return end == std::string_view::npos ? text.size() : end;
}

}  // namespace

std::string_view remedy_of(std::string_view code) {
  const Remedy* entry = find_remedy(code);
  return entry ? entry->remedy : std::string_view();
}

std::string redact(std::string_view text) {
  std::string out;
  bool word_begins = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, word_length(text));
    if (word_begins && word.find("://") != std::string_view::npos) {
      out += "[url]";
      text.remove_prefix(word.size());
    } else if (word_begins && word.find('@') != std::string_view::npos) {
      out += "[address]";
      text.remove_prefix(word.size());
    } else if (const std::size_t length = number_length(text); length > 0) {
      out += "[number]";
      text.remove_prefix(length);
    } else {
      out += text[0];
      word_begins = word_length(text) == 0;
      text.remove_prefix(1);
      continue;
    }
    word_begins = false;
  }
  return out;
}

comms::Error error_of(const comms::HttpResponse& answer) {
  comms::Error error = answer.error();
  if (answer.status() == 0) return error;
  const comms::Json body = answer.json();
  error.vendor_code = body["code"].text();
  const std::string said = redact(body["message"].text());
  if (!said.empty()) error.message += ": " + said;
  // A 2xx that made no sense and 5xx keep their class: the code tells nothing about acceptance.
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
    error.remedy = "check account_sid: Twilio does not know this account";
  }
  return error;
}

}  // namespace twilio
