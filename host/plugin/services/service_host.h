#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <comms/comms.h>

#include "base/clock.h"
#include "base/random.h"
#include "net/egress.h"
#include "plugin/instance_monitor.h"
#include "plugin/services/cache.h"
#include "plugin/services/origin_breaker.h"
#include "plugin/services/tables.h"
#include "telemetry/metrics.h"

namespace commsd::net {
class HttpClient;
class WsClient;
}  // namespace commsd::net

namespace commsd::plugin {

/// The services that reach the network. The probe gives kNoHttpService and kNoWsService: to load
/// what the real ones stand on, libcurl and the thirty libraries under it, takes longer than the
/// probe of a plugin.
struct NetworkServices {
  const comms_svc_http* http = &kHttpService;
  const comms_svc_ws* ws = &kWsService;
};

/// What the services of all instances stand on. References outlive every instance. Without `http`
/// or `ws` comms.http/1 or comms.ws/1 answers COMMS_UNAVAILABLE.
struct ServiceParts {
  net::HttpClient* http = nullptr;
  net::WsClient* ws = nullptr;
  const Clock& clock;
  Random& random;
  ProviderCaches& caches;
  telemetry::Metrics& metrics;
  NetworkServices network{};
};

/// Who asks.
struct InstanceIdentity {
  std::string plugin_id;  // manifest id, "com.example.resend"
  std::string provider;   // configured name; cache and metrics are kept under it
  std::shared_ptr<const net::EgressList> egress;  // null = none allowed but the exceptions
  std::size_t max_requests = 200;                 // HTTP requests under way at once
  std::shared_ptr<InstanceMonitor> monitor;       // null: one of its own
};

/// The `comms_host` of one plugin instance. Must live from before create() until destroy()
/// returned and every op of the instance ended (rule 11 of comms.h): the generation owns it.
class ServiceHost {
 public:
  ServiceHost(const ServiceParts& parts, InstanceIdentity identity);
  ~ServiceHost();
  ServiceHost(const ServiceHost&) = delete;
  ServiceHost& operator=(const ServiceHost&) = delete;

  const comms_host* table() const { return &table_; }
  static ServiceHost& from(const comms_host* table) {
    return *static_cast<ServiceHost*>(table->ctx);
  }

  const ServiceParts& parts() const { return parts_; }
  const InstanceIdentity& identity() const { return identity_; }
  ProviderCache& cache() const { return *cache_; }

  /// A continuation of the plugin: timed, and blamed for what happens in it.
  template <typename Function>
  auto timed(std::string_view what, Function function) const {
    return identity_.monitor->timed(what, std::move(function));
  }
  const std::shared_ptr<InstanceMonitor>& monitor() const { return identity_.monitor; }

  /// [any thread] Whether to turn to an origin that was out of reach lately.
  OriginBreaker& breaker() { return breaker_; }

  /// [any thread] Takes one of max_requests; false when all are in use.
  bool acquire_request();
  void release_request();

  /// [any thread] Adds to a counter of the plugin; names beyond 100 are dropped.
  void count(std::string_view name, std::uint64_t delta);

 private:
  ServiceParts parts_;
  InstanceIdentity identity_;
  std::shared_ptr<ProviderCache> cache_;
  OriginBreaker breaker_;
  std::atomic<std::size_t> requests_{0};
  std::mutex counters_mutex_;
  std::map<std::string, telemetry::Counter*, std::less<>> counters_;
  comms_host table_;
};

}  // namespace commsd::plugin
