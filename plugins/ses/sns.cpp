#include "sns.h"

#include <algorithm>
#include <cctype>

#include <comms/cpp/timestamp.hpp>

namespace ses {

namespace {

/// A day: AWS changes the certificate about once a year.
constexpr std::uint32_t certificate_ms = 86'400'000;
constexpr std::size_t longest_certificate = 16 * 1024;
/// Longer than SNS tries to deliver and than the token of a subscription lives (three days).
constexpr std::int64_t oldest_ms = std::int64_t{3} * 86'400'000 + 3'600'000;
constexpr std::int64_t ahead_ms = 900'000;

/// The whole address: another organization's instance may be set to another origin.
std::string cache_key(const SnsMessage& message) {
  return "certificate " + message.certificate_url;
}

/// "SimpleNotificationService-0123456789abcdef.pem", without a path or a query.
bool is_certificate_name(std::string_view name) {
  constexpr std::string_view end = ".pem";
  if (name.size() <= end.size() || name.size() > 120) return false;
  if (name.substr(name.size() - end.size()) != end) return false;
  name.remove_suffix(end.size());
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '-' || c == '_' || (c > 0 && std::isalnum(static_cast<unsigned char>(c)));
  });
}

}  // namespace

std::optional<SnsMessage> SnsMessage::read(const comms::Host& host, std::string_view body) {
  const comms::Json json(host, body);
  if (!json) return std::nullopt;
  SnsMessage message;
  message.type = json["Type"].text();
  message.id = json["MessageId"].text();
  message.topic = json["TopicArn"].text();
  message.message = json["Message"].text();
  message.timestamp = json["Timestamp"].text();
  message.token = json["Token"].text();
  message.subscribe_url = json["SubscribeURL"].text();
  message.signature = json["Signature"].text();
  message.signature_version = json["SignatureVersion"].text();
  message.certificate_url = json["SigningCertURL"].text();
  if (json["Subject"] && !json["Subject"].is_null()) message.subject = json["Subject"].text();
  const bool known = message.is_notification() || message.is_confirmation() ||
                     message.type == "UnsubscribeConfirmation";
  if (!known || message.id.empty() || message.id.size() > 128) return std::nullopt;
  return message;
}

// "Verifying the signatures of Amazon SNS messages" in the SNS developer guide: names and values in
// this order, each on a line.
std::string SnsMessage::signed_text() const {
  std::string text;
  const auto line = [&text](std::string_view name, std::string_view value) {
    text.append(name).append("\n").append(value).append("\n");
  };
  line("Message", message);
  line("MessageId", id);
  if (is_notification()) {
    if (subject) line("Subject", *subject);
    line("Timestamp", timestamp);
  } else {
    line("SubscribeURL", subscribe_url);
    line("Timestamp", timestamp);
    line("Token", token);
  }
  line("TopicArn", topic);
  line("Type", type);
  return text;
}

bool SnsVerifier::is_recent(const SnsMessage& message) const {
  const std::int64_t sent = comms::timestamp_ms(message.timestamp);
  const std::int64_t now = host_.now_ms();
  return sent > 0 && now - sent < oldest_ms && sent - now < ahead_ms;
}

/// Everything but the signature itself: our topic, a certificate of its region's SNS.
bool SnsVerifier::is_plausible(const SnsMessage& message) const {
  if (!settings_->is_our_topic(message.topic) || !is_recent(message)) return false;
  if (message.signature_version != "1" && message.signature_version != "2") return false;
  if (message.signature.empty()) return false;
  const std::string origin = settings_->sns_origin(message.topic) + '/';
  const std::string_view url = message.certificate_url;
  return url.substr(0, origin.size()) == origin && is_certificate_name(url.substr(origin.size()));
}

SnsVerifier::Verdict SnsVerifier::judge(const SnsMessage& message) const {
  if (!is_plausible(message)) return Verdict::refused;
  const comms::Crypto crypto(host_);
  const auto signature = crypto.from_base64(message.signature);
  if (!signature) return Verdict::refused;
  const auto certificate = host_.cached(cache_key(message));
  if (!certificate) return Verdict::unproven;
  const std::int32_t digest =
      message.signature_version == "1" ? COMMS_DIGEST_SHA1 : COMMS_DIGEST_SHA256;
  return crypto.rsa_ok(digest, *certificate, message.signed_text(), *signature) ? Verdict::authentic
                                                                                : Verdict::refused;
}

void SnsVerifier::keep_certificate(const SnsMessage& message, std::string_view pem) const {
  // Anything signed with a key that cannot be read is COMMS_INVALID, not COMMS_DENIED.
  if (pem.size() > longest_certificate ||
      pem.find("-----BEGIN CERTIFICATE-----") == std::string_view::npos ||
      host_.crypto().rsa_verify(COMMS_DIGEST_SHA256, comms::bytes(pem), comms::bytes("check"),
                                comms::bytes("check")) == COMMS_INVALID) {
    throw comms::Error(COMMS_UNAVAILABLE, "SNS gave no certificate for its signature", {},
                       "check sns_url, and what stands between this server and AWS");
  }
  host_.remember(cache_key(message), pem, certificate_ms);
}

}  // namespace ses
