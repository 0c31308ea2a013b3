#include "net/event_stream.h"

#include <algorithm>

#include "net/http_connection.h"

namespace commsd::net {

namespace {

/// A field must stay on its line: what follows a line break would be read as other fields.
std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of(std::string_view("\r\n\0", 3)));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).push_back('\n');
}

/// Two scans for one character each run at the speed of memory; find_first_of looks each character
/// up in the set, which took most of the time of an event with a long tools/list in it.
std::size_t line_end(std::string_view text) {
  const std::size_t feed = text.find('\n');
  return std::min(feed, text.substr(0, feed).find('\r'));
}

void append_data(std::string& out, std::string_view data) {
  // CR, LF and CRLF all end a line for the reader (WHATWG HTML, section 9.2.5).
  while (true) {
    const std::size_t end = line_end(data);
    append_field(out, "data", data.substr(0, end));
    if (end == std::string_view::npos) return;
    const bool pair = data.substr(end, 2) == "\r\n";
    data.remove_prefix(end + (pair ? 2 : 1));
  }
}

}  // namespace

std::string_view to_string(StreamEnd end) {
  switch (end) {
    case StreamEnd::finished:
      return "finished";
    case StreamEnd::client_gone:
      return "client_gone";
    case StreamEnd::overflow:
      return "overflow";
    case StreamEnd::stalled:
      return "stalled";
    case StreamEnd::server_stopping:
      return "server_stopping";
  }
  return "unknown";
}

EventStream::EventStream(EventLoop& loop, std::shared_ptr<HttpConnection> connection,
                         std::size_t max_queued)
    : loop_(loop), max_queued_(max_queued), connection_(std::move(connection)) {}

bool EventStream::send(std::string_view event, std::string_view data, std::string_view id) {
  std::string text;
  text.reserve(event.size() + data.size() + id.size() + 32);
  if (!event.empty()) append_field(text, "event", first_line(event));
  if (!id.empty()) append_field(text, "id", first_line(id));
  append_data(text, data);
  text.push_back('\n');
  return enqueue(text);
}

bool EventStream::send_comment(std::string_view text) {
  std::string line = ": ";
  line.append(first_line(text)).append("\n\n");
  return enqueue(line);
}

bool EventStream::send_retry(std::chrono::milliseconds delay) {
  std::string line;
  append_field(line, "retry", std::to_string(std::max<std::int64_t>(delay.count(), 0)));
  line.push_back('\n');
  return enqueue(line);
}

bool EventStream::enqueue(std::string_view bytes) {
  bool post = false;
  bool accepted = false;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || closing_ || overflowed_) return false;
    const std::size_t waiting = queued_.size() + unsent_;
    accepted = waiting <= max_queued_ / nearly_empty || waiting + bytes.size() <= max_queued_;
    if (accepted) {
      queued_.append(bytes);
      enqueued_total_ += bytes.size();
    } else {
      overflowed_ = true;
    }
    post = !std::exchange(flush_posted_, true);
  }
  if (post) post_flush();
  return accepted;
}

void EventStream::post_flush() {
  loop_.post([self = shared_from_this()] {
    std::shared_ptr<HttpConnection> connection;
    {
      const std::lock_guard lock(self->mutex_);
      self->flush_posted_ = false;
      connection = self->connection_;
    }
    if (connection) connection->flush_stream();
  });
}

void EventStream::close() {
  bool post = false;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || closing_) return;
    closing_ = true;
    post = !std::exchange(flush_posted_, true);
  }
  if (post) post_flush();
}

bool EventStream::closed() const {
  const std::lock_guard lock(mutex_);
  return ended_ || closing_ || overflowed_;
}

void EventStream::on_close(std::function<void(StreamEnd)> callback) {
  StreamEnd reason{};
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      on_close_ = std::move(callback);
      return;
    }
    reason = reason_;
  }
  loop_.post([callback = std::move(callback), reason] { callback(reason); });
}

Task<bool> EventStream::written() {
  Completion<bool> done;
  {
    const std::lock_guard lock(mutex_);
    if (queued_.empty() && unsent_ == 0) co_return !ended_ || reason_ == StreamEnd::finished;
    if (ended_) co_return false;
    waiters_.push_back({enqueued_total_, done});
  }
  const bool sent = co_await done;
  co_return sent;
}

EventStream::Taken EventStream::take_queued() {
  const std::lock_guard lock(mutex_);
  Taken taken{std::exchange(queued_, {}), closing_, overflowed_};
  unsent_ += taken.bytes.size();
  return taken;
}

void EventStream::set_unsent(std::size_t bytes) {
  std::vector<Completion<bool>> done;
  {
    const std::lock_guard lock(mutex_);
    unsent_ = bytes;
    // What is in the connection's buffer includes chunk framing, so this never reports too early.
    const std::uint64_t sent =
        enqueued_total_ - std::min<std::uint64_t>(enqueued_total_, queued_.size() + bytes);
    const auto first_open =
        std::find_if(waiters_.begin(), waiters_.end(),
                     [sent](const Waiter& waiter) { return waiter.position > sent; });
    for (auto waiter = waiters_.begin(); waiter != first_open; ++waiter)
      done.push_back(waiter->done);
    waiters_.erase(waiters_.begin(), first_open);
  }
  for (const Completion<bool>& completion : done) completion.complete(true);
}

void EventStream::end(StreamEnd reason) {
  std::function<void(StreamEnd)> callback;
  std::vector<Waiter> waiters;
  std::shared_ptr<HttpConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    reason_ = reason;
    connection = std::move(connection_);
    callback = std::exchange(on_close_, nullptr);
    waiters = std::exchange(waiters_, {});
    queued_ = {};
  }
  for (const Waiter& waiter : waiters) waiter.done.complete(reason == StreamEnd::finished);
  if (callback) callback(reason);
}

}  // namespace commsd::net
