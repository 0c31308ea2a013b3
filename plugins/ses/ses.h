#pragma once

#include <string>

#include <comms/cpp/email.hpp>

#include "notifications.h"
#include "settings.h"
#include "sns.h"

namespace ses {

/// E-mail over Amazon SES, API v2 (service sesv2 in aws/api-models-aws). SES knows no idempotency
/// key and looks nothing up by ours: a send whose answer was lost stays ambiguous, until a delivery
/// event tells.
class Ses final : public comms::EmailProvider {
 public:
  Ses(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;
  comms::Outcome<comms::Fields> verify_domain(std::string_view domain) override;
  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override;
  /// `webhook` is the whole request of SNS: it is proven here, and only then used.
  comms::Outcome<comms::Events> fetch_inbound(std::string_view webhook) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  comms::Request ask(std::string method, const std::string& path,
                     const std::string& json = {}) const;
  comms::Request read_object(const std::string& path) const;
  comms::Outcome<comms::Events> resolve(const SnsMessage& message) const;
  comms::Outcome<comms::Events> confirm(const SnsMessage& message) const;
  comms::Outcome<comms::Events> read_stored(const SnsMessage& message,
                                            const StoredMail& mail) const;

  comms::Host host_;
  Settings settings_;
  SnsVerifier sns_;
  comms::aws::Signer signer_, s3_signer_;
};

}  // namespace ses
