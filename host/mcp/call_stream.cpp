#include "mcp/call_stream.h"

#include <utility>

#include "mcp/protocol.h"

namespace commsd::mcp {

void CallStream::begin(bool last) {
  if (sink_ || !start_) return;
  const std::shared_ptr<net::EventStream> stream = start_(last);
  sink_ = make_sink(stream);
  if (!session_) return;
  id_ = session_->streams().open(sink_);
  stream->on_close([weak = std::weak_ptr(session_), sink = std::weak_ptr(sink_)](net::StreamEnd) {
    const auto session = weak.lock();
    const auto gone = sink.lock();
    if (session && gone) session->streams().detach(gone.get());
  });
}

bool CallStream::send(std::string_view json) {
  begin();
  if (!sink_) return false;
  return session_ ? session_->streams().send(id_, json) : sink_->send(json, {});
}

void CallStream::close_connection() {
  if (!session_) return;
  begin(true);
  if (sink_) session_->streams().close_connection(id_);
}

Task<bool> CallStream::finish(std::string body, bool matters) {
  std::shared_ptr<EventSink> last = sink_;
  bool delivered = true;
  if (session_) {
    const Completion<std::shared_ptr<EventSink>> taken = session_->streams().taken(id_);
    last = session_->streams().finish(id_, body);
    delivered = last && !last->closed();
    // Older clients have no event id to come back with before the first event.
    if (!delivered && matters && session_->version() >= newest_legacy_version) {
      const Deadline<std::shared_ptr<EventSink>> patience(taken, return_limit, nullptr);
      last = co_await taken;
      delivered = last != nullptr;
    }
  } else {
    delivered = sink_->send(body, {});
  }
  if (!last) co_return false;
  if (delivered) {
    Task<bool> written = last->written();
    delivered = co_await std::move(written);
  }
  last->close();
  co_return delivered;
}

void CallStream::abandon() {
  if (!sink_) return;
  if (session_) session_->streams().abandon(id_);
  sink_->close();
}

}  // namespace commsd::mcp
