#pragma once

#include <string>

#include <comms/cpp/email.hpp>

namespace resend {

/// E-mail over Resend's API (https://resend.com/docs/api-reference; field names and limits from its
/// OpenAPI document). Resend drops a repeated Idempotency-Key for 24 hours, so a lost answer is
/// asked for again under the same key.
class Resend final : public comms::EmailProvider {
 public:
  Resend(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> verify_domain(std::string_view domain) override;
  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override;
  comms::Outcome<comms::Events> fetch_inbound(std::string_view vendor_id) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  comms::Request ask(std::string method, const std::string& path) const;
  comms::Outcome<comms::Fields> domain_by_name(std::string name, bool create_and_verify) const;
  comms::Outcome<comms::Fields> create_domain(const std::string& name) const;
  comms::Outcome<comms::Fields> begin_verification(const std::string& id) const;
  comms::Outcome<comms::Fields> describe_domain(const std::string& id) const;

  comms::Host host_;
  std::string key_, secret_, region_, base_;
};

/// What an answer that is no success means, with a remedy for the failures that people meet.
comms::Error failure(const comms::HttpResponse& response);

/// "Name <a@b.example>" as "a@b.example".
std::string bare_address(std::string_view mailbox);

}  // namespace resend
