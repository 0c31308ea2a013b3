#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/slot/storage.h>

namespace comms {

/// An object store. Override, publicly, what it can do; contracts in slot/storage.h.
/// With class "block" in the manifest put, get, head and remove may block and return values at
/// once.
class StorageProvider {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_STORAGE;
  template <class D, class A>
  static const void* table();
  virtual ~StorageProvider() = default;

  virtual Outcome<Fields> put(std::string_view /*key*/, std::string_view /*content_type*/,
                              std::string_view /*data*/) {
    return not_offered();
  }
  virtual Outcome<Blob> get(std::string_view /*key*/, std::uint64_t /*offset*/,
                            std::uint64_t /*length*/) {
    return not_offered();
  }
  virtual Outcome<Fields> head(std::string_view /*key*/) { return not_offered(); }
  virtual Outcome<Done> remove(std::string_view /*key*/) { return not_offered(); }
  /// [any] Throw Error(COMMS_UNSUPPORTED) when the host must serve the object itself.
  virtual std::string signed_url(std::string_view /*key*/, std::string_view /*method*/,
                                 std::uint32_t /*ttl_s*/) {
    throw not_offered();
  }
};

template <class A>
Status signed_url_thunk(void* self, comms_str key, comms_str method, std::uint32_t ttl_s,
                        comms_sink* out) noexcept {
  return guard_plain(COMMS_INTERNAL, [&]() -> Status {
    A::host(self).write(out, A::slot(self).signed_url(view(key), view(method), ttl_s));
    return COMMS_OK;
  });
}

template <class D, class A>
const void* StorageProvider::table() {
  static const comms_storage table = {
      sizeof(comms_storage),
      0,
      COMMS_ENTRY_OP(StorageProvider, put, comms_str, comms_str, comms_bytes),
      COMMS_ENTRY_OP(StorageProvider, get, comms_str, std::uint64_t, std::uint64_t),
      COMMS_ENTRY_OP(StorageProvider, head, comms_str),
      COMMS_ENTRY_OP(StorageProvider, remove, comms_str),
      COMMS_ENTRY_IF(StorageProvider, signed_url, (&signed_url_thunk<A>))};
  return &table;
}

}  // namespace comms
