#include "plugin/provider_set.h"

#include <algorithm>

#include "plugin/facades/facades.h"

namespace commsd::plugin {
namespace {

const Binding* override_for(const std::vector<std::shared_ptr<const Binding>>& bindings,
                            std::string_view slot, const Scope& scope) {
  const Binding* of_organization = nullptr;
  for (const auto& binding : bindings) {
    if (binding->role != "override" || binding->slot != slot || scope.org_id.empty() ||
        binding->organization != scope.org_id) {
      continue;
    }
    if (binding->agent.empty()) {
      of_organization = binding.get();
    } else if (binding->agent == scope.agent_id) {
      return binding.get();
    }
  }
  return of_organization;
}

bool goes_by(const Binding& binding, std::string_view name) {
  return binding.name == name || (binding.generation && binding.generation->manifest().id == name);
}

}  // namespace

bool Binding::serves() const {
  return generation && !generation->stuck();
}

void Binding::make_facade() {
  if (!generation) return;
  if (slot == "telephony") message = telephony = make_telephony(name, generation);
  if (slot == "whatsapp") message = whatsapp = make_whatsapp(name, generation);
  if (slot == "email") message = email = make_email(name, generation);
  if (slot == "storage") storage = make_storage(name, generation);
  if (slot == "tts") tts = make_tts(name, generation);
  if (slot == "stt") stt = make_stt(name, generation);
  if (slot == "voice") voice = make_voice(name, generation);
}

ProviderState Binding::current_state() const {
  ProviderState now = state;
  if (!generation) return now;
  now.slow_calls = generation->monitor().slow_calls();
  if (const std::string trouble = generation->monitor().trouble(); !trouble.empty()) {
    now.status = ProviderStatus::stuck;
    now.reason = trouble;
    return now;
  }
  const std::string ailment = generation->ailment();
  now.status = ailment.empty() ? ProviderStatus::healthy : ProviderStatus::degraded;
  if (!ailment.empty()) now.reason = ailment + (now.reason.empty() ? "" : "; ") + now.reason;
  return now;
}

bool ProviderSet::holds(const Generation& generation) const {
  return std::any_of(bindings.begin(), bindings.end(),
                     [&](const auto& binding) { return binding->generation.get() == &generation; });
}

std::vector<const Binding*> ProviderSet::in_force(std::string_view slot, const Scope& scope) const {
  std::vector<const Binding*> found;
  if (const Binding* own = override_for(bindings, slot, scope)) {
    if (own->serves()) found.push_back(own);
    return found;
  }
  for (const auto& binding : bindings) {
    if (binding->slot == slot && binding->role != "override" && binding->serves()) {
      found.push_back(binding.get());
    }
  }
  return found;
}

std::string ProviderSet::not_serving() const {
  std::string list;
  for (const auto& binding : bindings) {
    if (binding->serves()) continue;
    list += (list.empty() ? "" : ", ") + binding->name + " (" + binding->slot + ": " +
            std::string(to_string(binding->current_state().status)) + ")";
  }
  return list;
}

const Binding* ProviderSet::named(std::string_view slot, std::string_view name,
                                  const Scope& scope) const {
  const Binding* own = override_for(bindings, slot, scope);
  if (own && own->serves() && goes_by(*own, name)) return own;
  for (const auto& binding : bindings) {
    if (binding->slot == slot && binding->role != "override" && binding->serves() &&
        goes_by(*binding, name)) {
      return binding.get();
    }
  }
  return nullptr;
}

std::shared_ptr<const Binding> ProviderSet::same_place(const WantedProvider& wanted) const {
  for (const auto& binding : bindings) {
    if (binding->slot == wanted.slot && binding->role == wanted.role &&
        binding->organization == wanted.organization && binding->agent == wanted.agent &&
        (wanted.role != "fallback" || binding->name == wanted.name)) {
      return binding;
    }
  }
  return nullptr;
}

}  // namespace commsd::plugin
