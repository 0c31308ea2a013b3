#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/telephony.hpp>

#include "account.h"

namespace plivo {

/// SMS, MMS, calls and numbers of an account; contracts in comms/slot/telephony.h. Messages and
/// calls are looked up by id only: Plivo's lists have no texts, and no calls that still go on. A
/// bought number is not found by our reference, which Plivo has no field for.
class Telephony final : public comms::TelephonyProvider {
 public:
  explicit Telephony(Account& account) : account_(account) {}

  comms::Outcome<comms::Receipt> send_message(const comms::Sms& sms) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  /// The id is the request's; see calls.h.
  comms::Outcome<comms::Receipt> make_call(const comms::CallRequest& call) override;
  comms::Outcome<comms::Done> transfer_call(const comms::Transfer& transfer) override;
  comms::Outcome<comms::Done> end_call(std::string_view call_id) override;
  /// The id of a number is the number, without its plus.
  comms::Outcome<comms::Fields> buy_number(const comms::NumberQuery& query) override;
  comms::Outcome<comms::Done> configure_number(const comms::NumberConfig& config) override;
  comms::Outcome<comms::Done> release_number(std::string_view number_id) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;
  comms::Reply render(const comms::Verbs& verbs) override;
  comms::Outcome<comms::Receipt> find_call(const comms::Find& what) override;

 private:
  Account& account_;
};

}  // namespace plivo
