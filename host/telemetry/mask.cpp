#include "telemetry/mask.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace commsd::telemetry {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || c == '-';
}
bool is_token_character(char c) {  // RFC 6750 b64token
  return is_word(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}
bool is_local_part(char c) {
  return is_word(c) || std::string_view(".!#$%&'*+/=?^`{|}~").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// Prefixes by which credentials of this server and of well-known vendors are recognised; each
/// counts only when at least `minimum` token characters follow.
struct CredentialShape {
  std::string_view prefix;
  std::size_t minimum;
};
constexpr std::array credential_shapes = {
    CredentialShape{"cmd_live_", 1},  CredentialShape{"cmd_test_", 1},
    CredentialShape{"cmd_setup_", 1}, CredentialShape{"sk-", 8},
    CredentialShape{"sk_live_", 4},   CredentialShape{"sk_test_", 4},
    CredentialShape{"sk_", 16},       CredentialShape{"rk_live_", 4},
    CredentialShape{"pk_live_", 4},   CredentialShape{"re_", 12},
    CredentialShape{"whsec_", 4},     CredentialShape{"xoxb-", 4},
    CredentialShape{"xoxp-", 4},      CredentialShape{"ghp_", 8},
    CredentialShape{"AKIA", 16},      CredentialShape{"eyJ", 16},
    CredentialShape{"-----BEGIN", 0},
};

/// Words after which a credential stands: "Bearer abc", "token=abc", "password: abc".
constexpr std::array<std::string_view, 12> credential_words = {
    "bearer",   "basic",         "token",  "api_key", "apikey",     "api-key",
    "password", "authorization", "secret", "passwd",  "passphrase", "signature"};

std::size_t run(std::string_view text, std::size_t from, bool (*belongs)(char)) {
  std::size_t end = from;
  while (end < text.size() && belongs(text[end])) ++end;
  return end - from;
}

/// Length of a credential that starts here by its own shape; 0 for none.
std::size_t shaped_credential(std::string_view text) {
  for (const CredentialShape& shape : credential_shapes) {
    if (!text.starts_with(shape.prefix)) continue;
    const std::size_t length = run(text, shape.prefix.size(), is_token_character);
    if (length < shape.minimum) continue;
    // a PEM block is text up to the end: its lines are joined by white space
    return shape.minimum == 0 ? text.size() : shape.prefix.size() + length;
  }
  return 0;
}

struct Span {
  std::size_t start = 0;
  std::size_t length = 0;  // 0 = none
};

/// Where a credential stands after a word that announces it, counted from the word.
Span announced_credential(std::string_view text) {
  for (const std::string_view word : credential_words) {
    if (!starts_with_ignoring_case(text, word)) continue;
    std::size_t at = word.size();
    const bool scheme = word == "bearer" || word == "basic";
    std::size_t separators = 0;
    while (at < text.size() && (text[at] == '=' || text[at] == ':' || text[at] == ' ' ||
                                text[at] == '"' || text[at] == '\'')) {
      if (text[at] != ' ' || scheme) ++separators;
      ++at;
    }
    if (separators == 0) continue;
    // a header's value is a scheme and a credential: all of it goes
    if (word == "authorization") {
      return {at, run(text, at, [](char c) { return c != '\n' && c != '\r'; })};
    }
    // "basic usage" is prose: schemes need a value of some length
    const std::size_t length = run(text, at, is_token_character);
    if (length >= (scheme ? 6U : 1U)) return {at, length};
  }
  return {};
}

/// Length of a phone number that starts here; 0 for none. With '+' it takes 7 digits, separators
/// allowed; without, 9 to 15 digits in a row that are no part of a longer word or number.
std::size_t phone_number(std::string_view text) {
  const bool plus = text.front() == '+' || text.starts_with("%2B") || text.starts_with("%2b");
  std::size_t at = !plus ? 0 : text.front() == '+' ? 1 : 3;
  std::size_t digits = 0;
  std::size_t end = at;
  for (; at < text.size() && digits < 16; ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      ++digits;
      end = at + 1;
    } else if (!(plus && digits > 0 &&
                 (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')'))) {
      break;
    }
  }
  if (plus) return digits >= 7 ? end : 0;
  const bool word_goes_on = end < text.size() && is_word(text[end]);
  return digits >= 9 && digits <= 15 && !word_goes_on ? end : 0;
}

/// Length of the domain after an '@'; 0 when there is none.
std::size_t domain(std::string_view text) {
  return run(text, 0, [](char c) {
    return is_word(c) || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

void append_masked(std::string& out, std::string_view text) {
  std::size_t local_part = out.size();  // where the run of local-part characters began in `out`
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const char c = rest.front();
    const bool word_start = at == 0 || !is_word(text[at - 1]);

    if (const std::size_t sign = c == '@' ? 1 : rest.starts_with("%40") ? 3 : 0; sign > 0) {
      const std::size_t length = domain(rest.substr(sign));
      if (length > 0 && out.size() > local_part) {
        out.resize(local_part);
        out += "[address]";
        at += sign + length;
        local_part = out.size();
        continue;
      }
    }
    if (word_start || c == '-') {
      if (const std::size_t length = shaped_credential(rest); length > 0) {
        out += "[secret]";
        at += length;
        local_part = out.size();
        continue;
      }
    }
    const bool letter_before = at > 0 && is_letter(text[at - 1]);
    if (!letter_before) {
      if (const Span found = announced_credential(rest); found.length > 0) {
        out += rest.substr(0, found.start);
        out += "[secret]";
        at += found.start + found.length;
        local_part = out.size();
        continue;
      }
    }
    if (c == '+' || c == '%' || (is_digit(c) && word_start)) {
      if (const std::size_t length = phone_number(rest); length > 0) {
        out += "[number]";
        at += length;
        local_part = out.size();
        continue;
      }
    }
    out += c;
    ++at;
    if (!is_local_part(c)) local_part = out.size();
  }
}

bool names_private_content(std::string_view key) {
  constexpr std::array<std::string_view, 29> names = {
      "to",           "from",    "body",       "text",     "subject",     "content",
      "html",         "message", "contact",    "sender",   "recipient",   "caller",
      "called",       "phone",   "email",      "password", "passphrase",  "token",
      "phone_number", "secret",  "api_key",    "apikey",   "auth_token",  "authorization",
      "cookie",       "otp",     "transcript", "prompt",   "display_name"};
  return std::find(names.begin(), names.end(), key) != names.end();
}

bool is_own_id(std::string_view value) {
  const std::size_t line = value.find('_');
  if (line == std::string_view::npos || line == 0 || value.size() - line - 1 != 26) return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z'); });
}

}  // namespace commsd::telemetry
