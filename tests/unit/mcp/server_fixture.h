#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/completion.h"
#include "base/json.h"
#include "mcp/http_peer.h"
#include "mcp/local_session_store.h"
#include "mcp/mcp_server.h"
#include "net/http_server.h"

namespace commsd::mcp::testing {

/// An McpServer with tools made for the tests, on a real HttpServer and two real loops.
class McpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override { stop(); }

  /// Starts (again): the second start is what a restart is to clients.
  void start(McpOptions options);
  void stop();

  /// Headers of a client that has a token.
  static HttpPeer::Fields as(const std::string& token, HttpPeer::Fields more = {});
  static HttpPeer::Fields json_as(const std::string& token, HttpPeer::Fields more = {});
  static HttpPeer::Fields modern(const std::string& method, const std::string& name = "",
                                 HttpPeer::Fields more = {});

  static std::string rpc(const std::string& id, const std::string& method,
                         const std::string& params = "{}");
  /// A modern request's body: `members` are further members of params.
  static std::string modern_body(const std::string& id, const std::string& method,
                                 const std::string& members = "", const std::string& meta = "",
                                 const std::string& capabilities = "{}");

  /// The code of a JSON-RPC error body; 0 when it is none.
  static std::int64_t error_code(const std::string& body);

  /// Initializes a legacy session and returns its id.
  std::string open_session(const std::string& token = "agent",
                           const std::string& version = "2025-11-25",
                           const std::string& capabilities = "{}");

  /// For fixtures with more: called before the registry is sealed, once the server is made, and
  /// before it is drained.
  virtual void add_more_tools() {}
  virtual void extend() {}
  virtual void before_stop() {}

  std::uint16_t port() const { return http_->port(); }

  /// What on_written of test_written said, in order.
  std::vector<bool> deliveries();
  /// Waits until test_wait has been entered `count` times in all.
  void await_waiting(int count);
  /// Lets one call of test_close go on.
  void release();
  /// Waits until `count` calls of test_wait were cancelled.
  void await_cancelled(int count);

  /// What the token "agent" is taken for: "ended" once it was revoked, "broken" while nobody can
  /// tell.
  std::atomic<const char*> agent_token_is_{"agent"};

  SystemClock clock_;
  SystemRandom random_;
  telemetry::Metrics metrics_;
  std::unique_ptr<ToolRegistry> registry_;
  std::unique_ptr<McpServer> mcp_;
  std::unique_ptr<net::Router> router_;
  std::unique_ptr<net::EventLoops> loops_;
  std::unique_ptr<net::HttpServer> http_;
  LocalSessionStore store_{clock_};  // outlives restarts, as a database does
  std::atomic<int> cancelled_{0};    // calls of test_wait
  std::atomic<int> acted_{0};        // calls of test_act that did their work

 private:
  void add_tools();

  std::mutex mutex_;
  std::vector<bool> deliveries_;
  std::atomic<int> waiting_{0};
  Completion<bool> released_;
};

}  // namespace commsd::mcp::testing
