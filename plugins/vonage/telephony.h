#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/telephony.hpp>

#include "account.h"

namespace vonage {

/// SMS, MMS, calls and numbers of an account; contracts in comms/slot/telephony.h. There is no
/// look-up of messages (the Reports API is another product) and none of a bought number by our
/// reference, which Vonage has no field for.
class Telephony final : public comms::TelephonyProvider {
 public:
  explicit Telephony(Account& account) : account_(account) {}

  comms::Outcome<comms::Receipt> send_message(const comms::Sms& sms) override;
  comms::Outcome<comms::Receipt> make_call(const comms::CallRequest& call) override;
  comms::Outcome<comms::Done> transfer_call(const comms::Transfer& transfer) override;
  comms::Outcome<comms::Done> end_call(std::string_view call_id) override;
  /// The id is "CC-MSISDN": Vonage names a number by both.
  comms::Outcome<comms::Fields> buy_number(const comms::NumberQuery& query) override;
  /// Webhooks hang on applications: the number gets one of its own.
  comms::Outcome<comms::Done> configure_number(const comms::NumberConfig& config) override;
  comms::Outcome<comms::Done> release_number(std::string_view number_id) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply render(const comms::Verbs& verbs) override;
  comms::Outcome<comms::Receipt> find_call(const comms::Find& what) override;

 private:
  comms::Request call_request(std::string_view call_id) const;

  Account& account_;
};

}  // namespace vonage
