#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "base/task.h"
#include "net/event_handler.h"
#include "ops/control_registry.h"

namespace commsd::ops {

class ControlServer;

/// One commsctl at the control socket. [the server's loop only] It handles one line at a time and
/// does not read further meanwhile, so a peer cannot pile up work.
class ControlConnection final : public net::EventHandler,
                                public std::enable_shared_from_this<ControlConnection> {
 public:
  ControlConnection(ControlServer& server, int descriptor);
  ~ControlConnection();
  ControlConnection(const ControlConnection&) = delete;
  ControlConnection& operator=(const ControlConnection&) = delete;

  void start();
  /// Answers with an error and closes once that is sent.
  void refuse(const Error& error);
  void close();

  void on_events(std::uint32_t events) override;

 private:
  void read();
  void take_line();
  void write();
  void update_interest();
  void watch_idleness();
  static Task<void> answer(std::shared_ptr<ControlConnection> self, std::string line);
  Task<std::string> run(const std::string& line);

  ControlServer& server_;
  int descriptor_;
  std::string input_;
  std::string output_;
  Executor::TimerId idle_timer_ = 0;
  bool busy_ = false;  // a command runs
  bool close_when_sent_ = false;
  bool peer_is_done_ = false;  // no more requests will come; answers may still be wanted
};

}  // namespace commsd::ops
