#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

#include "account.h"
#include "messages.h"

namespace twilio {

/// A number as Twilio writes it on this channel: whatsapp:+15550100123; empty for none.
std::string address(std::string_view number);

/// WhatsApp through the senders of an account; contracts in comms/slot/whatsapp.h.
class Whatsapp final : public comms::WhatsappProvider {
 public:
  explicit Whatsapp(Account& account) : account_(account) {}

  /// template_id: a content sid (HX...), or the friendly name of a template in `language`.
  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> register_sender(const comms::WhatsappSender& sender) override;
  comms::Outcome<comms::Fields> list_senders() override;
  comms::Outcome<comms::Fields> sender_status(std::string_view sender_id) override;
  comms::Outcome<comms::Done> remove_sender(std::string_view sender_id) override;
  comms::Outcome<comms::Fields> list_templates() override;
  comms::Outcome<comms::Fields> create_template(const comms::WhatsappTemplate& wanted) override;
  comms::Outcome<comms::Done> remove_template(std::string_view template_id) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  std::string senders_url() const;
  /// Of all templates, or of one.
  std::string content_url(std::string_view sid = {}) const;
  comms::Outcome<comms::Receipt> send_named(const comms::WhatsappMessage& message,
                                            comms::Form form);
  comms::Outcome<comms::Fields> submit(comms::Fields made, const comms::JsonObject& approval) const;

  Account& account_;
};

}  // namespace twilio
