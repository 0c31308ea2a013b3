#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

#include "account.h"

namespace vonage {

/// WhatsApp through the Messages API; contracts in comms/slot/whatsapp.h. Senders are registered in
/// Vonage's dashboard, for which there is no API.
class Whatsapp final : public comms::WhatsappProvider {
 public:
  explicit Whatsapp(Account& account) : account_(account) {}

  /// template_id: as WhatsApp Manager has it, with its namespace ("NAMESPACE:NAME") where the
  /// account needs one.
  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;

 private:
  Account& account_;
};

}  // namespace vonage
