#pragma once

#include <optional>
#include <string>

#include <comms/cpp/crypto.hpp>

#include "settings.h"

namespace ses {

/// What SNS posts ("Parsing message formats" in the SNS developer guide).
struct SnsMessage {
  /// Nothing for a body that is none.
  static std::optional<SnsMessage> read(const comms::Host& host, std::string_view body);

  std::string type, id, topic, message, timestamp, token, subscribe_url;
  std::string signature, signature_version, certificate_url;
  std::optional<std::string> subject;

  bool is_confirmation() const { return type == "SubscriptionConfirmation"; }
  bool is_notification() const { return type == "Notification"; }
  /// The text that the signature covers.
  std::string signed_text() const;
};

/// Says whether SNS sent something. A signature is checked with a certificate that has to be
/// fetched once, which a webhook must not wait for: until then its messages are unproven. [any]
class SnsVerifier {
 public:
  SnsVerifier(const comms::Host& host, const Settings& settings)
      : host_(host), settings_(&settings) {}

  enum class Verdict { refused, unproven, authentic };
  Verdict judge(const SnsMessage& message) const;

  /// Keeps what was fetched from message.certificate_url. Throws COMMS_UNAVAILABLE when it is no
  /// certificate.
  void keep_certificate(const SnsMessage& message, std::string_view pem) const;

 private:
  bool is_plausible(const SnsMessage& message) const;
  bool is_recent(const SnsMessage& message) const;

  comms::Host host_;
  const Settings* settings_;
};

}  // namespace ses
