#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/executor.h"

namespace commsd::mcp {

/// The progress of one call, for a client that asked for it. On the call's executor.
///
/// A tool that is silent for long gets a heartbeat: official clients give up after 60 s without a
/// word, and reset that clock on progress. Since progress must grow (2026-07-28,
/// basic/patterns/progress), a heartbeat adds a thousandth to the last value, and a report that
/// would not grow is left out.
class ProgressReporter : public std::enable_shared_from_this<ProgressReporter> {
 public:
  static constexpr std::chrono::seconds heartbeat{15};

  /// `token_json`: the client's progressToken.
  ProgressReporter(std::function<void(std::string_view json)> notify, std::string token_json)
      : notify_(std::move(notify)), token_(std::move(token_json)) {}

  /// `total` 0 = unknown; `text` may be empty.
  void report(double done, double total, std::string_view text);

  /// Heartbeats until stop(), which must be called on the same executor.
  void start(std::chrono::nanoseconds interval = heartbeat);
  void stop();

 private:
  void arm();
  void beat();
  void send(std::string_view text);

  std::function<void(std::string_view)> notify_;
  std::string token_;
  double last_ = 0;
  double total_ = 0;
  bool reported_ = false;
  bool quiet_ = true;  // since the last heartbeat
  Executor* executor_ = nullptr;
  Executor::TimerId timer_ = 0;
  std::chrono::nanoseconds interval_{};
  bool stopped_ = false;
};

}  // namespace commsd::mcp
