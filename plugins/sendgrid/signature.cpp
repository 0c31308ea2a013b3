#include "signature.h"

#include <charconv>

#include <comms/cpp/basic_auth.hpp>
#include <comms/cpp/form_data.hpp>

namespace sendgrid {

namespace {

std::string public_key(const comms::Host& host, const comms::Config& config, const char* setting) {
  const auto key = comms::Crypto(host).from_base64(config.text(setting));
  if (!key) throw comms::Error(COMMS_INVALID, std::string(setting) + " is not base64");
  return *key;
}

}  // namespace

bool is_mail(const comms::HttpIn& in) {
  return comms::FormData::is_form_data(in);
}

WebhookGuard::WebhookGuard(const comms::Host& host, const comms::Config& config)
    : host_(host),
      event_key_(public_key(host, config, "webhook_public_key")),
      mail_key_(public_key(host, config, "inbound_public_key")),
      password_(config.text("inbound_password")),
      max_age_ms_(config.integer("webhook_max_age_s", 300) * 1000) {}

bool WebhookGuard::is_authentic(const comms::HttpIn& in) const {
  if (!is_mail(in)) return is_signed(in, event_key_);
  // What is set up to be signed is not believed for less.
  if (!mail_key_.empty()) return is_signed(in, mail_key_);
  return comms::has_basic_password(comms::Crypto(host_), in, password_);
}

/// ECDSA over P-256 with SHA-256 of the time and the body as it came, for events and for mail alike
/// (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/
/// getting-started-event-webhook-security-features;
/// .../parsing-email/securing-your-parse-webhooks).
bool WebhookGuard::is_signed(const comms::HttpIn& in, const std::string& key) const {
  const std::string_view stamp = in.header("X-Twilio-Email-Event-Webhook-Timestamp");
  std::int64_t seconds = 0;
  const auto read = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
  if (key.empty() || stamp.empty() || read.ec != std::errc() ||
      read.ptr != stamp.data() + stamp.size() || seconds < 0 || seconds > 99'999'999'999) {
    return false;
  }
  const std::int64_t age = host_.now_ms() - seconds * 1000;
  if (age > max_age_ms_ || age < -max_age_ms_) return false;
  const comms::Crypto crypto(host_);
  const auto signature = crypto.from_base64(in.header("X-Twilio-Email-Event-Webhook-Signature"));
  if (!signature) return false;
  std::string covered(stamp);
  covered += in.body;
  return crypto.ecdsa_p256_ok(key, covered, *signature);
}

}  // namespace sendgrid
