#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/misbehaving_server.h"
#include "net/ws_client.h"
#include "plugin/real_time_executor.h"
#include "plugin/services/op.h"
#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin::testing {

/// A comms_host over real clients whose policy excepts the origin of one test server.
class ServicesTest : public ::testing::Test {
 protected:
  void use(const std::string& origin, std::size_t max_requests = 200) {
    auto resolver = std::make_shared<net::Resolver>();
    auto policy = std::make_shared<const net::EgressPolicy>(
        *net::EgressPolicy::make({.ports = {443}, .exceptions = {origin}}));
    http_ = std::make_unique<net::HttpClient>(net::HttpClient::Options(), resolver, policy);
    ws_ = std::make_unique<net::WsClient>(net::WsClient::Options(), resolver, policy);
    InstanceIdentity identity;
    identity.plugin_id = "com.example.test";
    identity.provider = "test";
    identity.max_requests = max_requests;
    host_ = std::make_unique<ServiceHost>(
        ServiceParts{http_.get(), ws_.get(), clock_, random_, caches_, metrics_}, identity);
  }

  OpOutcome run(OpRequest request, std::stop_token stop = {}) {
    return executor_.run(run_op(std::move(request), stop));
  }
  template <typename Call>
  OpOutcome run_call(Call call, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    OpRequest request;
    request.call = call;
    request.limit = limit;
    return run(std::move(request));
  }

  const comms_host* table() const { return host_->table(); }

  RealTimeExecutor executor_;
  ManualClock clock_{1000};
  SeededRandom random_{1};
  ProviderCaches caches_;
  telemetry::Metrics metrics_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<net::WsClient> ws_;
  std::unique_ptr<ServiceHost> host_;
};

/// The simplest plugin code: one request, its end kept, its release counted.
struct Exchange {
  int calls = 0;
  int released = 0;
  int status = -1;
  comms_status transport = -1;
  std::string body;
  comms_status answer = COMMS_OK;  // what the continuation returns at the end

  static comms_status heard(void* user, comms_op*, const comms_http_response* response) {
    auto& self = *static_cast<Exchange*>(user);
    ++self.calls;
    self.status = response->status;
    self.transport = response->transport;
    self.body += view(response->body);
    return response->last ? self.answer : COMMS_PENDING;
  }
  static void release(void* user) { ++static_cast<Exchange*>(user)->released; }

  static comms_http_request request(std::string_view url, const char* method = "POST",
                                    std::uint32_t flags = 0) {
    comms_http_request made{};
    made.size = sizeof made;
    made.method = to_str(method);
    made.url = to_str(url);
    made.body = to_bytes(std::string_view("{}"));
    made.flags = flags;
    return made;
  }
};

}  // namespace commsd::plugin::testing
