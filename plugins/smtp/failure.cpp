#include "failure.h"

#include <cctype>
#include <string>

namespace smtp {

namespace {

/// How long a server that says "later" wants to be left alone: greylisting lasts minutes.
constexpr std::uint32_t later_ms = 60'000;

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

/// The server's words without the addresses that servers like to repeat.
std::string without_addresses(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    if (!out.empty()) out += ' ';
    if (word.find('@') != std::string_view::npos) {
      out += "(address)";
    } else {
      for (char c : word) out += c >= ' ' && c <= '~' ? c : '?';
    }
    text.remove_prefix(blank == text.size() ? blank : blank + 1);
  }
  if (out.size() > 200) out.resize(200);
  return out;
}

std::string vendor_code(const Progress& progress) {
  if (progress.code < 400) return {};
  const std::string_view enhanced = enhanced_code(progress.text);
  std::string code = std::to_string(progress.code);
  return enhanced.empty() ? code : code + ' ' + std::string(enhanced);
}

comms::Error said(comms::Status status, const Progress& progress, const char* remedy) {
  return comms::Error(status,
                      "the mail server answered " + std::to_string(progress.code) + ": " +
                          without_addresses(progress.text),
                      vendor_code(progress), remedy);
}

const char* remedy_of_refusal(const Progress& progress) {
  const std::string_view enhanced = enhanced_code(progress.text);
  if ((progress.code == 552 && !begins(enhanced, "5.2.")) || begins(enhanced, "5.3.4")) {
    return "send smaller or fewer attachments, or a shorter text";
  }
  if (begins(enhanced, "5.1.7") || begins(enhanced, "5.1.8") ||
      begins(progress.failed_at, "MAIL failed")) {
    return "send from an address that this account may use";
  }
  if (begins(enhanced, "5.2.2")) return "the recipient's mailbox is full";
  if (begins(enhanced, "5.1.")) return "check the recipient's address";
  if (begins(enhanced, "5.7.")) {
    return "the server's rules forbid it: see what it says, and whether the domain has SPF and "
           "DKIM";
  }
  return begins(progress.failed_at, "RCPT failed") ? "check the recipient's address" : "";
}

/// The server replied, and it was no.
comms::Error refusal(const Progress& progress) {
  const int code = progress.code;
  if (progress.outcome == CURLE_LOGIN_DENIED || code == 530 || code == 534 || code == 535 ||
      code == 538) {
    if (code >= 400 && code < 500) return said(COMMS_UNAVAILABLE, progress, "");
    return said(COMMS_UNAUTHENTICATED, progress,
                "check username and password, or the OAuth settings; many providers want a "
                "password that is made for an application");
  }
  if (!progress.greeted || code == 421 || code == 454) {
    return said(COMMS_UNAVAILABLE, progress, "the server takes no connections from here now");
  }
  if (code >= 500) return said(COMMS_REJECTED, progress, remedy_of_refusal(progress));
  comms::Error error = said(COMMS_RATE_LIMITED, progress, "nothing: it is tried again by itself");
  error.retry_after_ms = later_ms;
  return error;
}

comms::Error unavailable(const char* message, const char* remedy) {
  return comms::Error(COMMS_UNAVAILABLE, message, {}, remedy);
}

}  // namespace

std::string_view enhanced_code(std::string_view text) {
  const std::string_view code = text.substr(0, text.find(' '));
  if (code.size() < 5 || code.size() > 9 || (code[0] != '2' && code[0] != '4' && code[0] != '5')) {
    return {};
  }
  int dots = 0;
  for (char c : code) {
    if (c == '.') {
      ++dots;
    } else if (!std::isdigit(static_cast<unsigned char>(c))) {
      return {};
    }
  }
  return dots == 2 ? code : std::string_view();
}

comms::Error failure(const Progress& progress) {
  if (progress.handed_over && (!progress.answered_message || progress.code < 400)) {
    return comms::Error(COMMS_AMBIGUOUS, "the mail server did not say whether it took the message",
                        {}, "look at the server's log or at the sender's mailbox");
  }
  switch (progress.outcome) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return unavailable("the mail server's certificate is not trusted",
                         "set host to the name in the certificate, or ca_file to who issued it");
    case CURLE_SSL_CACERT_BADFILE:
      return comms::Error(COMMS_INVALID, "ca_file cannot be read as PEM certificates", {},
                          "correct ca_file");
    case CURLE_USE_SSL_FAILED:
      return unavailable("the mail server offers no STARTTLS",
                         "use the port for submission (587), or security: implicit (465)");
    case CURLE_SSL_CONNECT_ERROR:
      return unavailable("the mail server speaks no TLS that we speak",
                         "check port and security: implicit is for 465, starttls for 587");
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("the mail server's name is not known", "check host");
    case CURLE_COULDNT_CONNECT:
      return unavailable("the mail server cannot be reached", "check host, port and firewalls");
    default:
      break;
  }
  if (progress.code >= 400) return refusal(progress);
  switch (progress.outcome) {
    case CURLE_LOGIN_DENIED:
      return comms::Error(COMMS_UNAUTHENTICATED, "the mail server offers no way to log in", {},
                          "choose another auth, or the port for submission (587 or 465)");
    case CURLE_OPERATION_TIMEDOUT:
      return comms::Error(COMMS_TIMEOUT, "the mail server was too slow; nothing was handed over",
                          {}, "check host, port and security, or raise timeout_seconds");
    case CURLE_WEIRD_SERVER_REPLY:
      return unavailable("what answers there is no mail server", "check host, port and security");
    case CURLE_URL_MALFORMAT:
      return comms::Error(COMMS_INVALID, "host is not the name of a server", {}, "correct host");
    case CURLE_OUT_OF_MEMORY:
      return comms::Error(COMMS_INTERNAL, "out of memory");
    default:
      return unavailable(
          "the connection to the mail server ended before the message was handed "
          "over",
          "check host, port and security");
  }
}

}  // namespace smtp
