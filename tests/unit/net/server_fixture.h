#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/task.h"
#include "net/event_loops.h"
#include "net/http_exchange.h"
#include "net/http_server.h"
#include "net/router.h"
#include "raw_client.h"

namespace commsd::net {

/// A server on 127.0.0.1 with two loops. Fill `router` and `options`, then start().
class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() {
    router.add("GET", "/hello", [](HttpExchange& exchange) -> Task<void> {
      exchange.respond(200, "text/plain", "hello");
      co_return;
    });
    router.add("POST", "/echo", [](HttpExchange& exchange) -> Task<void> {
      exchange.respond(200, "text/plain", exchange.body());
      co_return;
    });
  }
  ~ServerFixture() override {
    server.reset();
    loops.stop();
  }

  void start() {
    server = std::make_unique<HttpServer>(loops, options, router);
    const Result<void> started = server->start();
    ASSERT_TRUE(started) << started.error().message << " " << started.error().cause;
  }
  RawClient connect() { return RawClient(server->port()); }

  /// Runs a task on a loop of its own and waits for its end.
  void run(std::function<Task<void>()> task) {
    EventLoops runner(1);
    std::promise<void> done;
    spawn(runner.at(0), finish(std::move(task), done));
    done.get_future().get();
  }
  void drain(std::chrono::milliseconds timeout) {
    run([this, timeout] { return server->drain(timeout); });
  }

  /// Waits until `condition` holds; fails the test after 20 s.
  void eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 4000; ++i) {
      if (condition()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "what was waited for did not happen";
  }

  EventLoops loops{2};
  Router router;
  ServerOptions options;
  std::unique_ptr<HttpServer> server;

 private:
  static Task<void> finish(std::function<Task<void>()> task, std::promise<void>& done) {
    co_await task();
    done.set_value();
  }
};

}  // namespace commsd::net
