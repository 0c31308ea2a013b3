#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <istream>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "base/json.h"
#include "ctl/http_post.h"

namespace commsd::ctl {

/// MCP over standard input and output, for programs that start their servers themselves: each line
/// in is posted to a server's /mcp, and each message of the answer is a line out. It carries
/// messages of every protocol version and knows of them only what the HTTP wire asks for: the
/// session and version headers of 2025-11-25 and before, and the headers that repeat parts of
/// the message since 2026-07-28.
///
/// Requests run at the same time, because a tool may wait for minutes; initialize and
/// notifications are posted in order. When the input ends, what still runs is answered first.
class McpBridge {
 public:
  static constexpr std::size_t most_requests = 64;  // at a time; then the input waits

  struct Target {
    std::string url;    // "http://127.0.0.1:3100/mcp"
    std::string token;  // sent as Authorization: Bearer
  };

  McpBridge(Target target, std::istream& in, std::ostream& out, std::ostream& err);
  ~McpBridge();
  McpBridge(const McpBridge&) = delete;
  McpBridge& operator=(const McpBridge&) = delete;

  /// Until the input ends. False when the output was closed by its reader.
  bool run();

 private:
  using Cancel = std::shared_ptr<std::atomic<bool>>;

  void take(const std::string& line);
  void cancel(const JsonValue& message);
  void post(const std::string& line, const HttpFields& fields, const std::string& id_json,
            bool opens_session, const Cancel& cancelled);
  void start_request(std::string line, HttpFields fields, std::string id_json);
  void listen();  // the server's own stream, until the end
  void open_session(const HttpReply& reply);
  HttpFields fields_for(const JsonValue& message);
  HttpFields session_fields();
  void emit(std::string_view message);
  void emit_error(const std::string& id_json, int code, std::string_view text);
  void wait_for_requests(std::size_t at_most);
  void end_session();

  const Target target_;
  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  HttpClients clients_;

  std::mutex output_mutex_;
  std::atomic<bool> output_closed_{false};

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::size_t running_ = 0;
  std::map<std::string, Cancel> cancels_;  // by the request's id as JSON
  std::string session_;
  std::string version_;

  Cancel stop_listening_ = std::make_shared<std::atomic<bool>>(false);
  std::thread listener_;
};

}  // namespace commsd::ctl
