#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commsd::ctl {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 0;       // 0 = no answer
  std::string problem;  // why there is none
  std::string content_type;
  std::string session;  // Mcp-Session-Id
  std::string body;     // when it was no event stream
};

/// Blocking HTTP for the bridge: libcurl, redirects off, certificates verified, connections kept
/// for the next request. [any thread]
class HttpClients {
 public:
  HttpClients();
  ~HttpClients();
  HttpClients(const HttpClients&) = delete;
  HttpClients& operator=(const HttpClients&) = delete;

  /// `on_event(data, id)` gets each event of an answer that is text/event-stream as it arrives.
  /// Ends early when `cancelled` becomes true. An event or body over 64 MB ends the exchange.
  HttpReply run(std::string_view method, const std::string& url, const HttpFields& fields,
                const std::string& body,
                const std::function<void(std::string_view data, std::string_view id)>& on_event,
                const std::atomic<bool>& cancelled);

 private:
  void* take();  // a CURL*
  void give_back(void* handle);

  std::mutex mutex_;
  std::vector<void*> idle_;
};

}  // namespace commsd::ctl
