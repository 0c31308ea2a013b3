#pragma once

#include <functional>
#include <string>

#include "net/router.h"
#include "ops/health.h"
#include "telemetry/metrics.h"

namespace commsd::ops {

/// Who may read /metrics. Counts of messages and calls are not for the public.
using MetricsAccess = std::function<bool(const net::HttpExchange&)>;

/// Clients on this machine, as ServerOptions::trusted_proxies sees them.
bool from_loopback(const net::HttpExchange& exchange);

/// Adds
///   GET /health        200 while the process answers; touches nothing
///   GET /health/ready  200, or 503 when a required part is degraded
///   GET /metrics       Prometheus text 0.0.4, or 404 for those who may not
/// `health` and `metrics` must outlive the server.
void add_health_routes(net::Router& router, Health& health, telemetry::Metrics& metrics,
                       std::string version, MetricsAccess access = from_loopback);

}  // namespace commsd::ops
