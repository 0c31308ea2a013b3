#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/gate.h"
#include "base/result.h"
#include "base/task.h"
#include "net/event_handler.h"
#include "net/event_loop.h"
#include "ops/control_registry.h"

namespace commsd::ops {

class ControlConnection;

/// Serves a ControlRegistry to commsctl over a Unix socket, without a token: the kernel says who
/// the peer is (SO_PEERCRED), and only the server's own user and root are answered.
///
/// Protocol: one line of JSON per request and per answer, in order.
///
///     {"command":"agents.list","arguments":{"organization":"org_1"}}
///     {"result":[...]}
///     {"error":{"code":"not_found","message":"...","remedy":"..."}}
///
/// A line may have 1 MB; a longer one, or one that is no such object, is answered with an error and
/// the connection is closed. A connection on which nothing happens for five minutes is closed, and
/// at most 64 are open at a time. HTTP was not used because a web page could be made to speak it.
class ControlServer final : private net::EventHandler {
 public:
  static constexpr std::size_t longest_line = 1048576;
  static constexpr std::size_t most_connections = 64;

  /// All of it runs on `loop`. Both must outlive this; `registry` stays unchanged after start().
  ControlServer(net::EventLoop& loop, const ControlRegistry& registry, std::string path);
  /// After stop(), or never started.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// [any thread but the loop's] Makes the socket with mode 0600, in place of one that nobody
  /// listens on any more. conflict: another server is running there. invalid_argument: the path is
  /// too long for a socket (107 bytes), or something else stands there. unavailable: the kernel
  /// refuses, and the message says why.
  Result<void> start();

  /// [any executor] Removes the socket, closes connections and waits for running commands, whose
  /// answers are lost. Call once.
  Task<void> stop();

  const std::string& path() const { return path_; }

 private:
  friend class ControlConnection;

  void on_events(std::uint32_t events) override;
  void pause();
  void closed(int descriptor);
  Result<int> listen_at_path() const;

  net::EventLoop& loop_;
  const ControlRegistry& registry_;
  const std::string path_;
  int listener_ = -1;
  Executor::TimerId pause_timer_ = 0;
  Gate gate_;
  std::map<int, std::shared_ptr<ControlConnection>> connections_;  // by descriptor; loop only
};

}  // namespace commsd::ops
