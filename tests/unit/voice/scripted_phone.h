#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "plugin/bare_providers.h"
#include "plugin/tts_provider.h"

namespace commsd::voice::test {

/// A telephone company whose every answer is decided by the test, and which keeps its own log of
/// what it dialled: the truth that our records are held against.
class ScriptedPhone : public plugin::test::BareMessageProvider<plugin::TelephonyProvider> {
 public:
  enum class Answer { take, refuse, unavailable, lose, take_and_lose };

  explicit ScriptedPhone(std::string name) : BareMessageProvider(std::move(name)) {}

  std::deque<Answer> answers;  // then it takes everything
  bool looks_up = false;
  bool signs = true;
  bool tells = false;  // asks callee_url
  bool records = true;
  std::string status = "queued";
  std::chrono::milliseconds latency{0};
  std::vector<plugin::ProviderEvent> events;  // what the next webhook contains
  std::optional<plugin::CallReport> report;   // what find_call says of a vendor's id

  std::vector<plugin::OutboundCall> dialled;
  std::vector<plugin::CallTransfer> transferred;
  std::vector<std::string> ended;
  mutable std::vector<plugin::CallVerb> rendered;
  int asked = 0;

  Task<Result<plugin::Receipt>> make_call(plugin::OutboundCall call,
                                          std::chrono::milliseconds) override;
  bool asks_callee_url() const override { return tells; }
  bool records_calls() const override { return records; }
  Task<Result<void>> transfer_call(plugin::CallTransfer transfer,
                                   std::chrono::milliseconds) override;
  Task<Result<void>> end_call(std::string vendor_id, std::chrono::milliseconds) override;
  bool can_look_up_calls() const override { return looks_up; }
  Task<Result<plugin::CallReport>> find_call(plugin::LookUp what,
                                             std::chrono::milliseconds) override;
  Result<void> verify_webhook(const plugin::WebhookRequest&) override;
  Result<std::vector<plugin::ProviderEvent>> parse_webhook(const plugin::WebhookRequest&) override {
    return events;
  }
  plugin::WebhookReply webhook_reply(const plugin::WebhookRequest&, plugin::EventKind) override {
    return {200, "text/xml", "<Response/>"};
  }
  /// One word for each verb, with what is said, played or dialled.
  Result<plugin::CallInstructions> render(const std::vector<plugin::CallVerb>& verbs) override;

  Task<Result<plugin::BoughtNumber>> buy_number(plugin::NumberQuery,
                                                std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "no numbers here");
  }
  Task<Result<void>> configure_number(plugin::BoughtNumber, plugin::NumberRoutes,
                                      std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "no numbers here");
  }
  Task<Result<void>> release_number(plugin::BoughtNumber, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "no numbers here");
  }

 private:
  plugin::Receipt take(const plugin::OutboundCall& call);
};

class PhoneProviders final : public plugin::test::BareProviders {
 public:
  std::vector<std::shared_ptr<ScriptedPhone>> order;
  std::shared_ptr<plugin::TtsProvider> speaker;

  std::shared_ptr<plugin::TtsProvider> tts(const plugin::Scope&) override { return speaker; }
  std::shared_ptr<ScriptedPhone> add(const std::string& name);
  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind,
                                                                    const plugin::Scope&) override {
    return {order.begin(), order.end()};
  }
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind, std::string_view name,
                                                 const plugin::Scope&) override;
};

}  // namespace commsd::voice::test
