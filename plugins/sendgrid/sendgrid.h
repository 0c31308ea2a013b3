#pragma once

#include <string>

#include <comms/cpp/email.hpp>

#include "signature.h"

namespace sendgrid {

/// E-mail over Twilio SendGrid's API v3 (https://www.twilio.com/docs/sendgrid/api-reference; field
/// names and limits from its OpenAPI document). There is no idempotency key: what was lost is
/// looked for in the Email Activity, which accounts with an add-on have, and never sent again.
/// Its sandbox mode is not offered: a mail that is never sent would be reported as sent.
class Sendgrid final : public comms::EmailProvider {
 public:
  Sendgrid(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> verify_domain(std::string_view domain) override;
  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  comms::Request ask(std::string method, const std::string& path) const;
  comms::Error failure_of(const comms::HttpResponse& response) const;
  comms::Outcome<comms::Receipt> confirm(const std::string& message_id, comms::Receipt found,
                                         const std::string& reference) const;
  comms::Outcome<comms::Fields> domain_by_name(std::string name, bool create_and_verify,
                                               std::size_t offset) const;
  comms::Outcome<comms::Fields> create_domain(const std::string& name) const;
  comms::Outcome<comms::Fields> begin_verification(const std::string& id) const;
  comms::Outcome<comms::Fields> describe_domain(const std::string& id) const;

  comms::Host host_;
  std::string key_, base_;
  WebhookGuard guard_;
};

/// The custom argument that carries the host's reference: it comes back in every event.
inline constexpr const char* reference_name = "commsd_attempt";

/// The id that X-Message-Id gave, of the longer one that each recipient's copy has:
/// "msg.recvd-1.0".
inline std::string_view id_of_send(std::string_view id) {
  return id.substr(0, id.find('.'));
}

}  // namespace sendgrid
