#pragma once

#include <string>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

namespace whatsapp_cloud {

/// WhatsApp through Meta's Cloud API (https://developers.facebook.com/docs/whatsapp/cloud-api;
/// fields from Meta's OpenAPI document of v23.0). There is no idempotency key and no way to look a
/// message up: our reference goes out as biz_opaque_callback_data and comes back in every status,
/// which is how a message whose answer was lost is found.
class Cloud final : public comms::WhatsappProvider {
 public:
  Cloud(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  /// Asks for a code by SMS, and with that code registers the number; sets where its webhooks go.
  comms::Outcome<comms::Fields> register_sender(const comms::WhatsappSender& sender) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  struct Registration {
    std::string message_url, code;
  };
  std::string url(std::string_view path) const;
  comms::Request number(std::string method, std::string_view path) const;
  comms::Outcome<comms::Fields> register_number(Registration registration) const;
  comms::Outcome<comms::Fields> set_webhook(Registration registration) const;
  comms::Outcome<comms::Fields> describe(Registration registration) const;
  comms::Outcome<comms::Fields> request_code() const;

  comms::Host host_;
  std::string number_id_, token_, app_secret_, verify_token_, pin_, language_, base_, version_;
};

/// The part of a message that sends an approved template. Variables: "1", "2" ... or names go into
/// the body; "header" into the header (an https URL is its file); "button.0" into a button's URL.
/// Throws comms::Error(COMMS_INVALID) for others.
comms::JsonObject template_of(const comms::WhatsappMessage& message, std::string_view language);

/// Kind of message that carries a file: image, video, audio, sticker or document, by the ending of
/// the URL, because nothing else is known of it.
std::string kind_of(std::string_view url);

}  // namespace whatsapp_cloud
