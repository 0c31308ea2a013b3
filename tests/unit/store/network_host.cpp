#include "store/network_host.h"

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/random.h"
#include "net/http_client.h"
#include "plugin/host_factory.h"
#include "plugin/services/cache.h"
#include "telemetry/metrics.h"

namespace commsd::store::test {

namespace {

std::shared_ptr<const net::EgressPolicy> policy_for(const std::string& origin) {
  net::EgressPolicy::Rules rules;
  rules.exceptions.push_back(origin);
  const auto policy = net::EgressPolicy::make(rules);
  if (!policy) {
    std::fprintf(stderr, "store tests: %s\n", policy.error().c_str());
    std::abort();
  }
  return std::make_shared<const net::EgressPolicy>(*policy);
}

struct Network {
  explicit Network(const std::string& origin)
      : http(net::HttpClient::Options(), std::make_shared<net::Resolver>(), policy_for(origin)) {}

  net::HttpClient http;
  SystemClock clock;
  SystemRandom random;
  plugin::ProviderCaches caches;
};

}  // namespace

std::shared_ptr<const comms_host> host_with_network(const std::string& provider,
                                                    const std::string& origin) {
  auto network = std::make_shared<Network>(origin);
  plugin::InstanceInfo info;
  info.provider = provider;
  info.plugin_id = "org.commsd." + provider;
  auto host = plugin::service_hosts({&network->http, nullptr, network->clock, network->random,
                                     network->caches, telemetry::metrics()})(info);
  const comms_host* table = host.get();
  struct Both {
    std::shared_ptr<Network> network;  // outlives the host, so it is destroyed after it
    std::shared_ptr<const comms_host> host;
  };
  return {std::make_shared<Both>(Both{std::move(network), std::move(host)}), table};
}

}  // namespace commsd::store::test
