#include "plugin/services/service_host.h"

#include <algorithm>
#include <string_view>

#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

constexpr std::size_t kMaxCounters = 100;

const void* find_service(const comms_host* host, const char* id) {
  if (!id) return nullptr;
  const std::string_view wanted(id);
  if (wanted == COMMS_SVC_HTTP) return ServiceHost::from(host).parts().network.http;
  if (wanted == COMMS_SVC_WS) return ServiceHost::from(host).parts().network.ws;
  if (wanted == COMMS_SVC_RESULT) return &kResultService;
  if (wanted == COMMS_SVC_CRYPTO) return &kCryptoService;
  if (wanted == COMMS_SVC_JSON) return &kJsonService;
  if (wanted == COMMS_SVC_CLOCK) return &kClockService;
  if (wanted == COMMS_SVC_CACHE) return &kCacheService;
  if (wanted == COMMS_SVC_LOG) return &kLogService;
  if (wanted == COMMS_SVC_METRICS) return &kMetricsService;
  return nullptr;
}

void write_log(const comms_host* host, std::int32_t level, comms_str line) {
  kLogService.write(host, level, line, nullptr, 0);
}

void add_to_counter(const comms_host* host, comms_str name, std::uint64_t delta) {
  ServiceHost::from(host).count(view(name), delta);
}

bool is_counter_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

const comms_svc_metrics kMetricsService = {sizeof(comms_svc_metrics), 0, add_to_counter};

ServiceHost::ServiceHost(const ServiceParts& parts, InstanceIdentity identity)
    : parts_(parts), identity_(std::move(identity)), cache_(parts.caches.of(identity_.provider)) {
  // Without a list a plugin may go nowhere; "no list" must not read as "anywhere".
  if (!identity_.egress) identity_.egress = std::make_shared<const net::EgressList>();
  if (!identity_.monitor) {
    identity_.monitor =
        std::make_shared<InstanceMonitor>(identity_.provider, identity_.plugin_id, "", 1);
  }
  table_ = comms_host{sizeof(comms_host), COMMS_ABI_MAJOR, COMMS_ABI_MINOR, 0, this,
                      find_service,       write_log};
}

ServiceHost::~ServiceHost() = default;

bool ServiceHost::acquire_request() {
  if (++requests_ <= identity_.max_requests) return true;
  --requests_;
  return false;
}

void ServiceHost::release_request() {
  --requests_;
}

void ServiceHost::count(std::string_view name, std::uint64_t delta) {
  if (!is_counter_name(name)) return;
  const std::lock_guard lock(counters_mutex_);
  auto found = counters_.find(name);
  if (found == counters_.end()) {
    if (counters_.size() >= kMaxCounters) return;
    telemetry::Counter& counter =
        parts_.metrics.counter("commsd_plugin_events_total", "What plugins count themselves.",
                               {{"provider", identity_.provider}, {"event", name}});
    found = counters_.emplace(name, &counter).first;
  }
  found->second->add(delta);
}

}  // namespace commsd::plugin
