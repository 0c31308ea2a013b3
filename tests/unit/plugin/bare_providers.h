#pragma once

#include "plugin/providers.h"

namespace commsd::plugin::test {

/// A provider that can nothing: the half that all message slots share. A test derives from it and
/// says what its own can.
template <typename Interface>
class BareMessageProvider : public Interface {
 public:
  explicit BareMessageProvider(std::string name) : name_(std::move(name)) {}

  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return true; }
  bool has_idempotency_key() const override { return false; }
  bool can_look_up() const override { return false; }
  Task<Result<Receipt>> send(OutboundMessage, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "this provider cannot send messages");
  }
  Task<Result<Receipt>> find(LookUp, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "this provider cannot look up messages");
  }
  Task<Result<std::optional<ProviderEvent>>> fetch_inbound(std::string,
                                                           std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "this provider cannot fetch messages");
  }
  Task<Result<FetchedMedia>> fetch_media(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "this provider cannot fetch media");
  }
  Result<void> verify_webhook(const WebhookRequest&) override {
    return fail(ErrorCode::unsupported, "this provider cannot receive webhooks");
  }
  Result<std::vector<ProviderEvent>> parse_webhook(const WebhookRequest&) override {
    return fail(ErrorCode::unsupported, "this provider cannot receive webhooks");
  }
  WebhookReply webhook_reply(const WebhookRequest&, EventKind) override { return {}; }

 private:
  const std::string name_;
};

/// Providers of which there are none, until a test says otherwise.
class BareProviders : public Providers {
 public:
  std::vector<std::shared_ptr<MessageProvider>> for_channel(ChannelKind, const Scope&) override {
    return {};
  }
  std::shared_ptr<MessageProvider> named(ChannelKind, std::string_view, const Scope&) override {
    return nullptr;
  }
  std::shared_ptr<TelephonyProvider> telephony(const Scope&) override { return nullptr; }
  std::shared_ptr<WhatsappProvider> whatsapp(const Scope&) override { return nullptr; }
  std::shared_ptr<EmailProvider> email(const Scope&) override { return nullptr; }
  std::shared_ptr<TtsProvider> tts(const Scope&) override { return nullptr; }
  std::shared_ptr<SttProvider> stt(const Scope&) override { return nullptr; }
  std::shared_ptr<VoiceProvider> voice(const Scope&) override { return nullptr; }
};

}  // namespace commsd::plugin::test
