#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

#include "account.h"

namespace twilio {

/// WhatsApp through the senders of an account; contracts in comms/slot/whatsapp.h.
class Whatsapp final : public comms::WhatsappProvider {
 public:
  explicit Whatsapp(Account& account) : account_(account) {}

  /// template_id: a content sid (HX...), or the friendly name of a template in `language`.
  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> register_sender(const comms::WhatsappSender& sender) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  Account& account_;
};

}  // namespace twilio
