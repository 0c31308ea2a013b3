#include "ops/health_routes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "net/event_loops.h"
#include "net/http_server.h"

namespace commsd::ops {
namespace {

/// One request over a real socket; the whole response.
std::string get(std::uint16_t port, const std::string& path, const std::string& fields = {}) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string response;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request =
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "Connection: close\r\n\r\n";
    ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    char chunk[65536];
    for (ssize_t got = 0; (got = ::recv(descriptor, chunk, sizeof chunk, 0)) > 0;) {
      response.append(chunk, static_cast<std::size_t>(got));
    }
  }
  ::close(descriptor);
  return response;
}

class HealthRoutesTest : public testing::Test {
 protected:
  HealthRoutesTest() {
    health_.add("database", true, [this]() -> Task<Result<void>> {
      if (!works_) co_return fail(ErrorCode::unavailable, "down", "password of database refused");
      co_return Result<void>();
    });
    add_health_routes(router_, health_, metrics_, "0.1.0");
    net::ServerOptions options;
    options.trusted_proxies = {"127.0.0.1"};
    server_ = std::make_unique<net::HttpServer>(loops_, options, router_);
  }
  void TearDown() override {
    server_.reset();
    loops_.stop();
  }

  std::atomic<bool> works_{true};
  ManualClock clock_{0};
  Health health_{clock_};
  telemetry::Metrics metrics_;
  net::Router router_;
  net::EventLoops loops_{1};
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(HealthRoutesTest, AnswersHealthAndReadiness) {
  ASSERT_TRUE(server_->start());
  const std::string alive = get(server_->port(), "/health");
  EXPECT_TRUE(alive.starts_with("HTTP/1.1 200")) << alive;
  EXPECT_NE(alive.find(R"({"status":"ok","uptime":0,"version":"0.1.0"})"), std::string::npos);
  const std::string ready = get(server_->port(), "/health/ready");
  EXPECT_TRUE(ready.starts_with("HTTP/1.1 200")) << ready;
  EXPECT_NE(ready.find(R"({"status":"ready","providers":{"database":"ok"}})"), std::string::npos);

  works_ = false;
  clock_.advance(Health::kept_for);
  const std::string degraded = get(server_->port(), "/health/ready");
  EXPECT_TRUE(degraded.starts_with("HTTP/1.1 503")) << degraded;
  EXPECT_NE(degraded.find(R"({"status":"degraded","providers":{"database":"degraded"}})"),
            std::string::npos);
  EXPECT_EQ(degraded.find("password"), std::string::npos);
  EXPECT_TRUE(get(server_->port(), "/health").starts_with("HTTP/1.1 200"));
}

TEST_F(HealthRoutesTest, ShowsMetricsToThisMachineOnly) {
  ASSERT_TRUE(server_->start());
  metrics_.counter("commsd_messages_sent_total", "Messages a vendor took.").add(7);
  const std::string shown = get(server_->port(), "/metrics");
  EXPECT_TRUE(shown.starts_with("HTTP/1.1 200")) << shown;
  EXPECT_NE(shown.find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(shown.find("\ncommsd_messages_sent_total 7\n"), std::string::npos);
  EXPECT_NE(shown.find("\nprocess_resident_memory_bytes "), std::string::npos);
  EXPECT_EQ(shown.find("\nprocess_open_fds 0\n"), std::string::npos);
  const std::string stranger = get(server_->port(), "/metrics", "X-Forwarded-For: 203.0.113.9\r\n");
  EXPECT_TRUE(stranger.starts_with("HTTP/1.1 404")) << stranger;
  EXPECT_EQ(stranger.find("commsd_messages"), std::string::npos);
}

}  // namespace
}  // namespace commsd::ops
