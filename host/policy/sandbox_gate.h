#pragma once

#include "identity/organization_modes.h"
#include "plugin/providers.h"

namespace commsd::policy {

/// The providers as an organization may use them: one in sandbox mode sees sandbox providers only.
/// It stands between the mission rooms and the provider manager, so there is no path around it: a
/// send, a retry, a purchase and a webhook all ask here. [any thread]
class SandboxGate final : public plugin::Providers {
 public:
  SandboxGate(plugin::Providers& providers, const identity::OrganizationModes& modes)
      : providers_(providers), modes_(modes) {}

  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(
      plugin::ChannelKind channel, const plugin::Scope& scope) override;
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind channel, std::string_view name,
                                                 const plugin::Scope& scope) override;
  std::shared_ptr<plugin::TelephonyProvider> telephony(const plugin::Scope& scope) override;
  std::shared_ptr<plugin::WhatsappProvider> whatsapp(const plugin::Scope& scope) override;
  std::shared_ptr<plugin::EmailProvider> email(const plugin::Scope& scope) override;
  std::shared_ptr<plugin::TtsProvider> tts(const plugin::Scope& scope) override;
  std::shared_ptr<plugin::SttProvider> stt(const plugin::Scope& scope) override;
  std::shared_ptr<plugin::VoiceProvider> voice(const plugin::Scope& scope) override;

 private:
  template <typename Provider>
  std::shared_ptr<Provider> admit(std::shared_ptr<Provider> provider,
                                  const plugin::Scope& scope) const;

  plugin::Providers& providers_;
  const identity::OrganizationModes& modes_;
};

}  // namespace commsd::policy
