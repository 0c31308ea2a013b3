#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/generation.h"
#include "plugin/provider_catalog.h"
#include "plugin/provider_state.h"
#include "plugin/providers.h"
#include "plugin/storage_provider.h"
#include "plugin/stt_provider.h"
#include "plugin/tts_provider.h"
#include "plugin/voice_provider.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::plugin {

/// A provider in its place: what was wanted, what is in force there, and its facade.
struct Binding {
  std::string slot;
  std::string role;  // use | fallback | override
  std::string organization;
  std::string agent;
  std::string name;                        // of the provider in force, else of the wanted one
  std::shared_ptr<Generation> generation;  // null: none could be made
  ProviderState state;                     // as of when this binding was made

  // One of these, by slot; database has no facade.
  std::shared_ptr<MessageProvider> message;
  std::shared_ptr<TelephonyProvider> telephony;
  std::shared_ptr<WhatsappProvider> whatsapp;
  std::shared_ptr<EmailProvider> email;
  std::shared_ptr<StorageProvider> storage;
  std::shared_ptr<TtsProvider> tts;
  std::shared_ptr<SttProvider> stt;
  std::shared_ptr<VoiceProvider> voice;

  /// Whether new traffic may go there: there is an instance, and it is not stuck.
  bool serves() const;
  /// Makes the facade of the slot over `generation`.
  void make_facade();
  /// The state with what the last health check said.
  ProviderState current_state() const;
};

/// All bindings of one configuration. Immutable once published, so readers need no lock: they take
/// the pointer and keep it as long as they like.
struct ProviderSet {
  std::vector<std::shared_ptr<const Binding>> bindings;  // in the order of the plan
  std::vector<ProviderState> unused;  // files no binding refers to, and those refused

  /// Whether a binding is of this generation.
  bool holds(const Generation& generation) const;
  /// The providers in force for a slot: the override of the agent, else of the organization, alone,
  /// because falling back from one's own account to a shared one would surprise both; without an
  /// override the `use` and then the fallbacks. Those that do not serve are left out.
  std::vector<const Binding*> in_force(std::string_view slot, const Scope& scope) const;
  /// Who is configured and does not serve, for people: "acme (email: stuck)"; empty when all do.
  std::string not_serving() const;
  /// A provider of the slot by name: of the scope's override first, then of the others.
  const Binding* named(std::string_view slot, std::string_view name, const Scope& scope) const;
  /// The binding in the same place: slot, role and scope, for fallbacks also the name.
  std::shared_ptr<const Binding> same_place(const WantedProvider& wanted) const;
};

}  // namespace commsd::plugin
