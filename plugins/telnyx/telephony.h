#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/telephony.hpp>

#include "account.h"

namespace telnyx {

/// SMS, MMS, calls and numbers of an account; contracts in comms/slot/telephony.h.
///
/// Calls run as TeXML, not as Call Control: there Telnyx asks a URL what to do and takes the answer
/// from the body, which is what `render` gives, for every verb. Call Control ignores the body and
/// wants a command for each step, so that the verbs would need a state machine beside the host's
/// own. The price is command_id: a lost answer to make_call is looked up with find_call instead.
class Telephony final : public comms::TelephonyProvider {
 public:
  /// <Number url>, executed on the dialled party (Telnyx's reference of TeXML verbs, Number).
  static constexpr std::uint64_t features =
      COMMS_TELEPHONY_ASKS_CALLEE_URL | COMMS_TELEPHONY_RECORDS_CALLS;

  explicit Telephony(Account& account) : account_(account) {}

  comms::Outcome<comms::Receipt> send_message(const comms::Sms& sms) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Receipt> make_call(const comms::CallRequest& call) override;
  comms::Outcome<comms::Done> transfer_call(const comms::Transfer& transfer) override;
  comms::Outcome<comms::Done> end_call(std::string_view call_id) override;
  comms::Outcome<comms::Fields> buy_number(const comms::NumberQuery& query) override;
  comms::Outcome<comms::Done> configure_number(const comms::NumberConfig& config) override;
  comms::Outcome<comms::Done> release_number(std::string_view number_id) override;
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;
  comms::Reply render(const comms::Verbs& verbs) override;
  comms::Outcome<comms::Receipt> find_call(const comms::Find& what) override;
  comms::Outcome<comms::Fields> find_number(std::string_view client_ref) override;

 private:
  Account& account_;
};

}  // namespace telnyx
