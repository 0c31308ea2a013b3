#include "ops/health_routes.h"

#include <memory>

#include "net/http_exchange.h"
#include "ops/process_metrics.h"

namespace commsd::ops {

namespace {

/// What the server says where there is no route: /metrics does not exist for strangers.
constexpr std::string_view not_found =
    R"({"error":{"code":"not_found","message":"there is nothing at this path"}})";

const net::Headers no_store{{"Cache-Control", "no-store"}};

Task<void> answer_ready(Health& health, net::HttpExchange& exchange) {
  const HealthReport report = co_await health.report();
  exchange.respond_json(report.ready ? 200 : 503, report.to_json(), no_store);
}

}  // namespace

bool from_loopback(const net::HttpExchange& exchange) {
  const std::string address = exchange.client_address();
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

void add_health_routes(net::Router& router, Health& health, telemetry::Metrics& metrics,
                       std::string version, MetricsAccess access) {
  router.add("GET", "/health",
             [&health, version = std::move(version)](net::HttpExchange& exchange) -> Task<void> {
               exchange.respond_json(200, health.liveness_json(version), no_store);
               co_return;
             });
  router.add("GET", "/health/ready",
             [&health](net::HttpExchange& exchange) { return answer_ready(health, exchange); });
  auto process = std::make_shared<ProcessMetrics>(metrics);
  router.add(
      "GET", "/metrics",
      [&metrics, process, access = std::move(access)](net::HttpExchange& exchange) -> Task<void> {
        if (!access(exchange)) {
          exchange.respond_json(404, not_found);
          co_return;
        }
        process->update();
        exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", metrics.render(),
                         no_store);
      });
}

}  // namespace commsd::ops
