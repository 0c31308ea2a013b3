#pragma once

#include "identity/organization_modes.h"
#include "plugin/providers.h"

namespace commsd::policy {

/// The providers as an organization may use them: one in sandbox mode sees sandbox providers only.
/// It stands between the mission rooms and the provider manager, so there is no path around it: a
/// send, a retry, a purchase and a webhook all ask here. A suspended organization sees none at all;
/// but what came in for it is still taken in, because a STOP counts, and what it bought is still
/// given back: that is what a gate that is `open_to_suspended` is for. [any thread]
class SandboxGate final : public plugin::Providers {
 public:
  enum class Suspended { closed, open_to_suspended };

  SandboxGate(plugin::Providers& providers, const identity::OrganizationModes& modes,
              Suspended suspended = Suspended::closed)
      : providers_(providers), modes_(modes), suspended_(suspended) {}

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
  /// rejected, with the rule "suspended" or "sandbox", where this gate is the reason.
  Error why_none(const std::string& what, const plugin::Scope& scope) const override;

 private:
  template <typename Provider>
  std::shared_ptr<Provider> admit(std::shared_ptr<Provider> provider,
                                  const plugin::Scope& scope) const;

  plugin::Providers& providers_;
  const identity::OrganizationModes& modes_;
  const Suspended suspended_;
};

}  // namespace commsd::policy
