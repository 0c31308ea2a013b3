#pragma once

#include <cstring>
#include <tuple>

#include <comms/cpp/thunks.hpp>

#if __has_include("comms_plugin_manifest.h")
#include "comms_plugin_manifest.h"  // COMMS_PLUGIN_ID and _VERSION, from plugin.yaml
#endif

// COMMS_PLUGIN(Provider)              one slot: Provider(const comms::Host&, const comms::Config&)
// COMMS_PLUGIN(Account, Sms, Chat)    several slots: Account(const Host&, const Config&) is shared,
//                                     each slot is made as Sms(Account&)
// The first class may have `comms::Outcome<comms::Done> probe()` (health) and `void quiesce()`.
// An exception from a constructor refuses the configuration with its text.

namespace comms {

template <class T, class = void>
inline constexpr bool has_probe = false;
template <class T>
inline constexpr bool has_probe<T, std::void_t<decltype(std::declval<T&>().probe())>> = true;
template <class T, class = void>
inline constexpr bool has_quiesce = false;
template <class T>
inline constexpr bool has_quiesce<T, std::void_t<decltype(std::declval<T&>().quiesce())>> = true;

/// What create() makes.
template <class Root, class... Slots>
class Instance {
 public:
  Instance(const comms_host* host, std::string_view config)
      : host_(host), root_(host_, Config(host_, config)), slots_(slot_from<Slots>(root_)...) {}

  const Host& host() const { return host_; }
  Root& root() { return root_; }
  template <class D>
  D& get() {
    if constexpr (sizeof...(Slots) == 0) {
      return root_;
    } else {
      return *std::get<std::unique_ptr<D>>(slots_);
    }
  }

  static const void* table(const char* id) {
    if constexpr (sizeof...(Slots) == 0) {
      return table_for<Root>(id);
    } else {
      const void* found = nullptr;
      ((found = found ? found : table_for<Slots>(id)), ...);
      return found;
    }
  }

 private:
  template <class D>
  static std::unique_ptr<D> slot_from(Root& root) {
    return std::make_unique<D>(root);
  }
  template <class D>
  static const void* table_for(const char* id) {
    if (std::strcmp(id, D::slot_id) != 0) return nullptr;
    return D::template table<D, Access<Instance, D>>();
  }

  Host host_;
  Root root_;
  std::tuple<std::unique_ptr<Slots>...> slots_;
};

template <class I>
Status create_instance(const comms_host* host, comms_str config, const comms_report* report,
                       void** out) noexcept {
  return guard_report(report, [&]() -> Status {
    *out = new I(host, view(config));  // NOLINT(bugprone-unhandled-exception-at-new): guarded
    return COMMS_OK;
  });
}

template <class I>
Status probe_instance(void* self, comms_op* op) noexcept {
  auto& instance = *static_cast<I*>(self);
  return guard(instance.host(), op, COMMS_INTERNAL,
               [&] { return settle(instance.host(), op, instance.root().probe()); });
}

template <class I>
void quiesce_instance(void* self) noexcept {
  try {
    static_cast<I*>(self)->root().quiesce();
  } catch (...) {  // nobody to tell; destroy follows
  }
}

template <class Root, class... Slots>
const comms_plugin* plugin_of(std::uint32_t host_major, const char* id, const char* version) {
  using I = Instance<Root, Slots...>;
  static const comms_plugin plugin = [&] {
    comms_plugin p{};
    p.size = sizeof(comms_plugin);
    p.abi_major = COMMS_ABI_MAJOR;
    p.abi_minor = COMMS_ABI_MINOR;
    p.id = id;
    p.version = version;
    p.create = &create_instance<I>;
    if constexpr (has_probe<Root>) p.probe = &probe_instance<I>;
    if constexpr (has_quiesce<Root>) p.quiesce = &quiesce_instance<I>;
    p.destroy = [](void* self) { delete static_cast<I*>(self); };
    p.slot = [](void*, const char* slot_id) { return I::table(slot_id); };
    return p;
  }();
  return host_major == COMMS_ABI_MAJOR ? &plugin : nullptr;
}

}  // namespace comms

#define COMMS_PLUGIN(...)                                                                      \
  extern "C" COMMS_EXPORT const comms_plugin* comms_plugin_entry(std::uint32_t host_major,     \
                                                                 std::uint32_t) {              \
    return ::comms::plugin_of<__VA_ARGS__>(host_major, COMMS_PLUGIN_ID, COMMS_PLUGIN_VERSION); \
  }
