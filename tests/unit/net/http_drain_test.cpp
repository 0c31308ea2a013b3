#include <atomic>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/completion.h"
#include "net/http_server.h"
#include "server_fixture.h"

namespace commsd::net {
namespace {

const std::string get_hello = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";

/// What HttpServer::drain() makes of the requests it finds.
class HttpDrainTest : public ServerFixture {};

TEST_F(HttpDrainTest, LetsRequestsInFlightFinish) {
  Completion<bool> release;
  std::atomic<bool> told{false};
  router.add("GET", "/work", [&](HttpExchange& exchange) -> Task<void> {
    const std::stop_token token = exchange.draining();
    const std::stop_callback callback(token, [&, release] {
      told = true;
      release.complete(true);
    });
    co_await release;
    exchange.respond(200, {}, "done");
  });
  start();
  RawClient idle = connect();
  EXPECT_EQ(idle.get("/hello").status, 200);
  RawClient busy = connect();
  busy.send("GET /work HTTP/1.1\r\nHost: test\r\n\r\n");
  eventually([&] { return server->stats().requests_in_flight == 1; });
  drain(std::chrono::seconds(10));
  EXPECT_TRUE(told);
  EXPECT_TRUE(idle.at_end());
  EXPECT_EQ(busy.read_response().body, "done");
  EXPECT_TRUE(busy.at_end());
  EXPECT_THROW(connect(), std::runtime_error);
  EXPECT_EQ(server->stats().connections_open, 0U);
}

TEST_F(HttpDrainTest, AnswersWhatCameBeforeIt) {
  std::promise<void> release;
  std::atomic<bool> held{false};
  router.add("GET", "/hold", [&](HttpExchange& exchange) -> Task<void> {
    held = true;
    release.get_future().wait();  // holds the loop: what comes now waits in the sockets
    exchange.respond(200, {}, "held");
    co_return;
  });
  start();
  RawClient idle = connect();
  EXPECT_EQ(idle.get("/hello").status, 200);
  RawClient holder = connect();
  holder.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
  eventually([&] { return held.load(); });
  std::thread drained([&] { drain(std::chrono::seconds(10)); });
  idle.send(get_hello);
  RawClient newcomer = connect();
  newcomer.send(get_hello);
  release.set_value();
  EXPECT_EQ(idle.read_response().body, "hello");
  EXPECT_EQ(newcomer.read_response().body, "hello");
  EXPECT_TRUE(idle.at_end());
  EXPECT_TRUE(newcomer.at_end());
  drained.join();
}

TEST_F(HttpDrainTest, EndsWhatDoesNotFinishInTime) {
  Completion<bool> release;
  router.add("GET", "/stuck", [&](HttpExchange& exchange) -> Task<void> {
    const std::stop_token token = exchange.disconnected();
    const std::stop_callback callback(token, [release] { release.complete(true); });
    co_await release;
  });
  start();
  RawClient stuck = connect();
  stuck.send("GET /stuck HTTP/1.1\r\nHost: test\r\n\r\n");
  eventually([&] { return server->stats().requests_in_flight == 1; });
  drain(std::chrono::milliseconds(100));
  EXPECT_EQ(stuck.read_response().status, 0);
  eventually([&] { return server->stats().requests_in_flight == 0; });
}

}  // namespace
}  // namespace commsd::net
