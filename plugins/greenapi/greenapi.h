#pragma once

#include <string>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

namespace greenapi {

/// WhatsApp through one GREEN-API instance, which drives one linked phone
/// (https://green-api.com/en/docs/api/; methods and fields from the vendor's Postman collection of
/// 2026-01). The token stands in the path of every URL, so no URL may reach a message or a log.
/// There is no idempotency key and no field for a reference: a lost answer is looked up by content.
class Greenapi final : public comms::WhatsappProvider {
 public:
  Greenapi(const comms::Host& host, const comms::Config& config);

  /// Healthy only while the phone is linked: without it nothing is sent or received.
  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  /// Sets where webhooks go (when a URL is given) and tells the state. While the phone is not
  /// linked, the field link_code has what to type under WhatsApp, Linked devices.
  comms::Outcome<comms::Fields> register_sender(const comms::WhatsappSender& sender) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  std::string method_url(std::string_view base, std::string_view method) const;
  comms::Request call(std::string verb, std::string_view method) const;
  comms::Error failure(const comms::HttpResponse& response) const;
  comms::Outcome<comms::Receipt> accept(comms::Request request) const;
  comms::Outcome<comms::Receipt> send_file(const comms::WhatsappMessage& message,
                                           std::string chat) const;
  comms::Outcome<comms::Receipt> upload(std::string url, comms::Fields fields) const;
  comms::Outcome<comms::Fields> describe_sender(std::string digits) const;
  comms::Outcome<comms::Fields> link_code(const std::string& digits) const;

  comms::Host host_;
  std::string instance_, token_, webhook_token_, phone_, api_url_, media_url_, upload_from_;
};

/// "15550100123@c.us" as "+15550100123"; anything else as it is.
std::string number_of(std::string_view chat);

/// Last segment of a URL's path as a file name.
std::string file_name(std::string_view url);

}  // namespace greenapi
