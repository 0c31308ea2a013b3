#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/completion.h"
#include "base/task.h"
#include "net/event_loop.h"

namespace commsd::net {

class HttpConnection;

enum class StreamEnd {
  finished,         // close() was called and everything before it was sent
  client_gone,      // the other side closed or broke the connection
  overflow,         // more than ServerOptions::max_stream_queued bytes were waiting
  stalled,          // the client took nothing for ServerOptions::write_deadline
  server_stopping,  // drain
};
std::string_view to_string(StreamEnd end);

/// A response of server-sent events (WHATWG HTML, section 9.2), open until one side ends it. The
/// connection keeps it alive with a comment every ServerOptions::stream_keep_alive.
///
/// What is sent is queued and leaves in the loop's next turn, several events in one write. A client
/// that reads too slowly is cut off rather than let grow the queue: it resumes with Last-Event-ID.
/// An idle stream costs at most 1 KB of our memory.
class EventStream final : public std::enable_shared_from_this<EventStream> {
 public:
  /// With no more than this part of what may wait waiting, one event of any size is taken: a large
  /// answer is no sign of a slow client.
  static constexpr std::size_t nearly_empty = 16;

  /// [any thread] False when the stream has ended (or just overflowed): nothing was queued. Line
  /// breaks in `data` become several data lines; `event` and `id` must have none (they are cut at
  /// the first). An empty `event` or `id` is left out; empty `data` is sent as an empty data line.
  bool send(std::string_view event, std::string_view data, std::string_view id = {});
  /// [any thread] A comment line: ignored by clients, keeps proxies awake.
  bool send_comment(std::string_view text);
  /// [any thread] The client's reconnection time.
  bool send_retry(std::chrono::milliseconds delay);

  /// [any thread] Ends the response after what was queued. The connection may then serve its next
  /// request, once the handler has ended too.
  void close();
  /// [any thread] True once ended or closing.
  bool closed() const;

  /// [any thread] Calls `callback` once, on the stream's loop, when the stream has ended; soon if
  /// it has already. At most one callback; it may hold the stream.
  void on_close(std::function<void(StreamEnd)> callback);

  /// Resumes when all that was sent before is in the kernel's hands (true), or the stream has ended
  /// without (false). Bytes the kernel took may still be lost with the connection.
  Task<bool> written();

  EventLoop& loop() { return loop_; }

 private:
  friend class HttpConnection;
  EventStream(EventLoop& loop, std::shared_ptr<HttpConnection> connection, std::size_t max_queued);

  struct Taken {
    std::string bytes;
    bool closing;
    bool overflowed;
  };
  bool enqueue(std::string_view bytes);
  void post_flush();
  // [loop thread], called by the connection
  Taken take_queued();
  void set_unsent(std::size_t bytes);
  void end(StreamEnd reason);

  struct Waiter {
    std::uint64_t position;
    Completion<bool> done;
  };

  EventLoop& loop_;
  const std::size_t max_queued_;  // bytes
  mutable std::mutex mutex_;
  std::shared_ptr<HttpConnection> connection_;  // null once ended
  std::string queued_;
  std::uint64_t enqueued_total_ = 0;
  std::size_t unsent_ = 0;  // taken by the connection, not yet by the kernel
  bool flush_posted_ = false;
  bool closing_ = false;
  bool overflowed_ = false;
  bool ended_ = false;
  StreamEnd reason_ = StreamEnd::finished;
  std::function<void(StreamEnd)> on_close_;
  std::vector<Waiter> waiters_;
};

}  // namespace commsd::net
