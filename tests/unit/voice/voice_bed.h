#pragma once

#include <optional>
#include <string>

#include "messaging/messaging_bed.h"
#include "voice/bridges.h"
#include "voice/call_events.h"
#include "voice/call_history.h"
#include "voice/outbound_calls.h"
#include "voice/scripted_phone.h"

namespace commsd::voice::test {

/// Calls on the real SQLite provider with scripted telephone companies: agt_1 of org_1 has the
/// number +14155550100 for calls too, set up at "phone" and "second".
class VoiceBed : public messaging::test::MessagingBed {
 protected:
  static constexpr const char* own = "+14155550100";
  static constexpr const char* person = "+14155552671";

  VoiceBed();
  ~VoiceBed() override;

  void build_calls();
  /// Ends the process as far as calls can tell, and starts it again on the same database.
  void restart_calls();

  CallRequest call_to(std::string to, std::string greeting, std::string key = {}) const;
  Result<CallOutcome> place(CallRequest request);
  CallOutcome placed(CallRequest request);
  store::Call stored_call(const std::string& id);
  CallHistory::View call_history(const std::string& id);
  std::optional<std::string> script_of(const std::string& id);
  /// An attempt that was durable when the process ended.
  std::string cut_off(const std::string& call_id);

  Result<plugin::WebhookReply> hear(plugin::ProviderEvent event, std::string reference = {},
                                    CallWebhook::Wants wants = CallWebhook::Wants::acknowledgement,
                                    std::string bridge_call = {});
  /// News of a call with an id of their own.
  plugin::ProviderEvent news(std::string vendor_id, std::string status);
  plugin::ProviderEvent ringing(std::string vendor_id, std::string from);

  PhoneProviders phones_;
  std::shared_ptr<ScriptedPhone> phone_ = phones_.add("phone");
  DiallerSettings dialler_settings_;
  CallEventsSettings events_settings_;
  std::optional<messaging::CircuitBreaker> call_breaker_;
  std::optional<CallsInFlight> calls_in_flight_;
  std::optional<Dialler> dialler_;
  std::optional<OutboundCalls> calls_;
  std::optional<CallEvents> events_;
  std::optional<Bridges> bridges_;
  std::optional<CallHistory> view_;

 private:
  int told_ = 0;
};

}  // namespace commsd::voice::test
