#pragma once

#include <string>

#include <comms/cpp/email.hpp>

namespace postmark {

/// E-mail over Postmark's API (https://postmarkapp.com/developer/api/overview; field names from its
/// OpenAPI documents and, where they are older than the vendor, from its npm package). There is no
/// idempotency key: what was lost is looked for by its metadata, and never sent again.
class Postmark final : public comms::EmailProvider {
 public:
  Postmark(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> verify_domain(std::string_view domain) override;
  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  comms::Request ask_server(std::string method, const std::string& path) const;
  comms::Request ask_account(std::string method, const std::string& path) const;
  comms::Outcome<comms::Receipt> find_by_reference(std::string reference) const;
  comms::Outcome<comms::Fields> domain_by_name(std::string name, bool create_and_verify,
                                               std::size_t offset) const;
  comms::Outcome<comms::Fields> create_domain(const std::string& name) const;
  comms::Outcome<comms::Fields> begin_verification(const std::string& id) const;
  comms::Outcome<comms::Fields> describe_domain(const std::string& id) const;
  comms::Event mail_of(const comms::Json& body) const;

  comms::Host host_;
  std::string server_token_, account_token_, password_, header_, stream_, return_path_, base_;
};

/// The name under which a message carries the host's reference (20 characters at most, values 80:
/// https://postmarkapp.com/support/article/1125-custom-metadata-faq).
inline constexpr std::string_view reference_name = "commsd_attempt";

/// What an answer that is no success means, with a remedy for the failures that people meet.
comms::Error failure(const comms::HttpResponse& response);

}  // namespace postmark
