#include "policy/sandbox_gate.h"

#include "identity/principal.h"
#include "plugin/stt_provider.h"
#include "plugin/tts_provider.h"
#include "plugin/voice_provider.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::policy {

template <typename Provider>
std::shared_ptr<Provider> SandboxGate::admit(std::shared_ptr<Provider> provider,
                                             const plugin::Scope& scope) const {
  if (provider && !provider->is_sandbox() && modes_.is_sandbox(scope.org_id)) return nullptr;
  if (suspended_ == Suspended::closed && modes_.is_suspended(scope.org_id)) return nullptr;
  return provider;
}

std::vector<std::shared_ptr<plugin::MessageProvider>> SandboxGate::for_channel(
    plugin::ChannelKind channel, const plugin::Scope& scope) {
  auto providers = providers_.for_channel(channel, scope);
  std::erase_if(providers, [&](const auto& provider) { return !admit(provider, scope); });
  return providers;
}

std::shared_ptr<plugin::MessageProvider> SandboxGate::named(plugin::ChannelKind channel,
                                                            std::string_view name,
                                                            const plugin::Scope& scope) {
  return admit(providers_.named(channel, name, scope), scope);
}

std::shared_ptr<plugin::TelephonyProvider> SandboxGate::telephony(const plugin::Scope& scope) {
  return admit(providers_.telephony(scope), scope);
}

std::shared_ptr<plugin::WhatsappProvider> SandboxGate::whatsapp(const plugin::Scope& scope) {
  return admit(providers_.whatsapp(scope), scope);
}

std::shared_ptr<plugin::EmailProvider> SandboxGate::email(const plugin::Scope& scope) {
  return admit(providers_.email(scope), scope);
}

std::shared_ptr<plugin::TtsProvider> SandboxGate::tts(const plugin::Scope& scope) {
  return admit(providers_.tts(scope), scope);
}

std::shared_ptr<plugin::SttProvider> SandboxGate::stt(const plugin::Scope& scope) {
  return admit(providers_.stt(scope), scope);
}

std::shared_ptr<plugin::VoiceProvider> SandboxGate::voice(const plugin::Scope& scope) {
  return admit(providers_.voice(scope), scope);
}

Error SandboxGate::why_none(const std::string& what, const plugin::Scope& scope) const {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  if (suspended_ == Suspended::closed && modes_.is_suspended(scope.org_id)) {
    refusal.rule = "suspended";
    refusal.message = identity::suspended_organization;
    return refusal;
  }
  if (!modes_.is_sandbox(scope.org_id)) return providers_.why_none(what, scope);
  refusal.rule = "sandbox";
  refusal.message =
      "the organization is in sandbox mode, in which nothing reaches a vendor, and no "
      "sandbox provider is active for " +
      what;
  refusal.remedy =
      "Have the organization approved, or register the provider 'sandbox' "
      "(comms_register_provider) to try things out.";
  return refusal;
}

}  // namespace commsd::policy
