#pragma once

#include <cstdint>
#include <string>

#include <comms/cpp/form.hpp>
#include <comms/cpp/json.hpp>

namespace sendgrid {

/// Says whether SendGrid sent a webhook. [any]
class WebhookGuard {
 public:
  /// Throws comms::Error(COMMS_INVALID) that names the setting.
  WebhookGuard(const comms::Host& host, const comms::Config& config);

  /// Events by their signature. Mails by theirs, or by the password in their address where the
  /// account has no signatures for mail; nothing that is not set up.
  bool is_authentic(const comms::HttpIn& in) const;

 private:
  bool is_signed(const comms::HttpIn& in, const std::string& key) const;

  comms::Host host_;
  std::string event_key_, mail_key_;  // SubjectPublicKeyInfo DER
  std::string password_;
  std::int64_t max_age_ms_;
};

/// Whether the request is one of Inbound Parse and not one of the event webhook.
bool is_mail(const comms::HttpIn& in);

}  // namespace sendgrid
