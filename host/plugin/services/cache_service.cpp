#include <algorithm>

#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

comms_status get(const comms_host* host, comms_str key, std::uint8_t* out, std::size_t capacity,
                 std::size_t* written) {
  *written = 0;
  const auto value = ServiceHost::from(host).cache().get(view(key));
  if (!value) return COMMS_NOT_FOUND;
  *written = value->size();
  if (value->size() > capacity) return COMMS_INVALID;
  std::copy(value->begin(), value->end(), out);
  return COMMS_OK;
}

comms_status put(const comms_host* host, comms_str key, comms_bytes value, std::uint32_t ttl_ms) {
  const bool kept = ServiceHost::from(host).cache().put(view(key), view(value),
                                                        std::chrono::milliseconds(ttl_ms));
  return kept ? COMMS_OK : COMMS_INVALID;
}

comms_status add(const comms_host* host, comms_str key, comms_bytes value, std::uint32_t ttl_ms) {
  switch (ServiceHost::from(host).cache().add(view(key), view(value),
                                              std::chrono::milliseconds(ttl_ms))) {
    case ProviderCache::Added::yes:
      return COMMS_OK;
    case ProviderCache::Added::present:
      return COMMS_REJECTED;
    default:
      return COMMS_INVALID;
  }
}

void remove(const comms_host* host, comms_str key) {
  ServiceHost::from(host).cache().remove(view(key));
}

}  // namespace

const comms_svc_cache kCacheService = {sizeof(comms_svc_cache), 0, get, put, add, remove};

}  // namespace commsd::plugin
