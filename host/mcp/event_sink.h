#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "base/task.h"

namespace commsd::net {
class EventStream;
}

namespace commsd::mcp {

/// One connection that JSON-RPC messages are sent on as server-sent events. What sessions know of
/// the network. [any thread]
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// False when the connection is gone. An empty `id` sends none.
  virtual bool send(std::string_view json, std::string_view id) = 0;
  /// How long the client waits before it comes back.
  virtual void retry_after(std::chrono::milliseconds delay) = 0;
  /// Ends the response after what was sent.
  virtual void close() = 0;
  virtual bool closed() const = 0;
  /// Resumes when what was sent is in the kernel's hands (true) or the connection is gone.
  virtual Task<bool> written() = 0;
};

std::shared_ptr<EventSink> make_sink(std::shared_ptr<net::EventStream> stream);

}  // namespace commsd::mcp
