#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "net/http_client.h"
#include "net/misbehaving_server.h"

namespace commsd::net::testing {

/// A client whose names all lead to loopback and whose policy excepts the servers of the test.
class HttpClientTest : public ::testing::Test {
 protected:
  static std::shared_ptr<Resolver> loopback_resolver() {
    Resolver::Options options;
    options.threads = 1;
    options.lookup = [](const std::string& host) -> Addresses {
      if (host.ends_with(".invalid")) return tl::unexpected(std::string("no such name"));
      return std::vector<std::string>{"127.0.0.1"};
    };
    return std::make_shared<Resolver>(options);
  }

  static std::shared_ptr<const EgressPolicy> except(std::vector<std::string> origins) {
    auto policy = EgressPolicy::make({.ports = {443}, .exceptions = std::move(origins)});
    return std::make_shared<const EgressPolicy>(std::move(*policy));
  }

  void use(const std::vector<std::string>& origins, HttpClient::Options options = {}) {
    client_ =
        std::make_unique<HttpClient>(std::move(options), loopback_resolver(), except(origins));
  }

  HttpOutcome send(HttpRequestOut request) {
    return executor_.run(client_->send(std::move(request)));
  }

  static HttpRequestOut get(const std::string& url) {
    HttpRequestOut request;
    request.url = url;
    return request;
  }
  static HttpRequestOut post(const std::string& url, std::string body = "{\"n\":1}") {
    HttpRequestOut request;
    request.method = "POST";
    request.url = url;
    request.body = std::move(body);
    return request;
  }

  ManualExecutor executor_;
  std::unique_ptr<HttpClient> client_;
};

using Kind = TransportFailure::Kind;

}  // namespace commsd::net::testing
