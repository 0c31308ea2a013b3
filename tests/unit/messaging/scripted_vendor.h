#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugin/bare_providers.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::messaging::test {

/// A vendor whose every answer is decided by the test, and which keeps its own log of what it took:
/// the truth that our records are held against.
class ScriptedVendor final : public plugin::test::BareMessageProvider<plugin::WhatsappProvider> {
 public:
  enum class Answer { take, refuse, throttle, unavailable, lose, take_and_lose };

  struct Taken {
    std::string vendor_id;
    std::string client_reference;
    std::string idempotency_key;
    plugin::OutboundMessage message;
  };

  explicit ScriptedVendor(std::string name) : BareMessageProvider(std::move(name)) {}

  // What it does. `decide` is asked once the queue is empty; the default takes everything.
  std::deque<Answer> answers;
  std::function<Answer()> decide;
  bool keyed = false;  // honours idempotency keys
  bool sandbox = false;
  bool looks_up = false;      // finds lost messages
  bool matches_text = false;  // ... by their words, knowing no reference of ours
  std::chrono::milliseconds latency{0};
  bool signs = true;                             // verify_webhook
  std::vector<plugin::ProviderEvent> events;     // what the next webhook contains
  std::vector<plugin::ProviderEvent> fetchable;  // what fetch_inbound finds, by vendor_id
  std::set<std::string> handshakes;              // the vendor_ids behind which there is no event
  std::map<std::string, Result<plugin::FetchedMedia>> files;  // by URL

  // What it saw.
  std::vector<Taken> log;
  int asked = 0;
  int looked_for = 0;
  int fetched = 0;  // files

  bool is_sandbox() const override { return sandbox; }
  bool has_idempotency_key() const override { return keyed; }
  bool can_look_up() const override { return looks_up; }
  Task<Result<plugin::Receipt>> send(plugin::OutboundMessage message,
                                     std::chrono::milliseconds limit) override;
  Task<Result<plugin::Receipt>> find(plugin::LookUp what, std::chrono::milliseconds limit) override;
  Task<Result<std::optional<plugin::ProviderEvent>>> fetch_inbound(
      std::string vendor_id, std::chrono::milliseconds limit) override;
  bool can_fetch_media() const override { return true; }
  Task<Result<plugin::FetchedMedia>> fetch_media(std::string url,
                                                 std::chrono::milliseconds limit) override;
  Result<void> verify_webhook(const plugin::WebhookRequest& request) override;
  Result<std::vector<plugin::ProviderEvent>> parse_webhook(
      const plugin::WebhookRequest& request) override;
  plugin::WebhookReply webhook_reply(const plugin::WebhookRequest& request,
                                     plugin::EventKind kind) override;
  Task<Result<plugin::SenderState>> register_sender(plugin::SenderRequest request,
                                                    std::chrono::milliseconds limit) override;
  bool can_list_templates() const override { return has_templates; }
  Task<Result<std::vector<plugin::MessageTemplate>>> list_templates(
      std::chrono::milliseconds limit) override;

  bool has_templates = false;
  std::vector<plugin::MessageTemplate> templates;
  std::optional<Error> templates_fault;
  int template_lists = 0;  // that were asked for

 private:
  plugin::Receipt take(const plugin::OutboundMessage& message);
};

/// Providers in an order the test may change while messages are under way.
class ScriptedProviders final : public plugin::test::BareProviders {
 public:
  std::vector<std::shared_ptr<ScriptedVendor>> order;
  std::map<std::string, std::shared_ptr<ScriptedVendor>, std::less<>> configured;

  std::shared_ptr<ScriptedVendor> add(const std::string& name);

  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind,
                                                                    const plugin::Scope&) override;
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind, std::string_view name,
                                                 const plugin::Scope&) override;
};

}  // namespace commsd::messaging::test
