#include "smtp.h"

#include <cctype>

#include "access_token.h"
#include "failure.h"

namespace smtp {

namespace {

/// A domain in the URL that libcurl reads our name from. One that is not plain ASCII would need
/// another encoding there.
std::string name_from(std::string_view domain) {
  std::string name;
  for (char c : domain) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (!std::isalnum(byte) && c != '.' && c != '-')) return "localhost";
    name += c;
  }
  return name.empty() ? "localhost" : name;
}

}  // namespace

Smtp::Smtp(const comms::Host& host, const comms::Config& config) : host_(host), settings_(config) {
  // Counted by libcurl, and safe beside the host's own use (curl_version_info: threadsafe).
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw comms::Error(COMMS_INTERNAL, "libcurl cannot be used");
  }
}

Session Smtp::begin(std::string_view our_domain) const {
  const std::string token = settings_.uses_oauth() ? access_token(host_, settings_) : std::string();
  return Session(settings_, settings_.helo.empty() ? name_from(our_domain) : settings_.helo, token);
}

comms::Error Smtp::explain(const Progress& progress) const {
  comms::Error error = failure(progress);
  if (error.status == COMMS_UNAUTHENTICATED && settings_.uses_oauth()) forget_access_token(host_);
  return error;
}

comms::Outcome<comms::Done> Smtp::probe() {
  Session session = begin("localhost");
  const Progress& progress = session.greet();
  if (progress.outcome != CURLE_OK) return explain(progress);
  return comms::Done{};
}

comms::Outcome<comms::Receipt> Smtp::send(const comms::EmailMessage& message) {
  const comms::mime::Composed mail = comms::mime::compose(host_, message);
  const std::string& sender =
      settings_.envelope_from.empty() ? mail.from.address : settings_.envelope_from;
  Session session = begin(mail.from.domain());
  if (mail.needs_utf8) {
    const Progress& progress = session.greet();
    if (progress.outcome != CURLE_OK) return explain(progress);
    if (!progress.offered("SMTPUTF8")) {
      return comms::Error(COMMS_REJECTED,
                          "the mail server carries no addresses with letters beyond ASCII", {},
                          "write the domain in its ASCII form (xn--...), or use a server with "
                          "SMTPUTF8");
    }
  }
  comms::Receipt receipt;
  receipt.vendor_id = mail.message_id;
  receipt.status = "sent";
  const Progress& progress = session.submit(sender, mail.recipients, mail.text);
  if (progress.outcome != CURLE_OK) return explain(progress);
  return receipt;
}

}  // namespace smtp
