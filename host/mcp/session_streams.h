#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/completion.h"
#include "mcp/event_sink.h"

namespace commsd::mcp {

/// The server-to-client streams of one legacy session, and what of them can be sent again.
///
/// A stream outlives its connection (2025-11-25, basic/transports, "Resumability and Redelivery"):
/// the client that lost a connection comes back with the id of the last event it saw and gets the
/// rest of that stream, of no other. There is one stream for each request that is answered by
/// events, and one for what concerns no request ("standalone", opened by GET).
///
/// Bounded: past Limits the oldest events go, responses last. A stream nobody has come back for
/// within `keep` is forgotten. [any thread]
class SessionStreams {
 public:
  using Id = std::uint32_t;  // 0 is never a stream

  struct Limits {
    std::size_t events = 256;
    std::size_t bytes = std::size_t{512} * 1024;
    UnixMillis keep = 120'000;
    /// Of JSON sent again at once, beyond the first event. Less than what any connection takes
    /// (net::EventStream::nearly_empty): one that overflows loses all of it, each time anew.
    std::size_t replay_bytes = std::size_t{8} * 1024;
  };

  /// `epoch` makes event ids unique among the processes that serve the session; empty when the wire
  /// has no resumption (HTTP+SSE): then events have no ids and nothing is kept. `primed`: the first
  /// event of a connection is an empty one with an id, which clients before 2025-11-25 do not
  /// expect.
  SessionStreams(const Clock& clock, std::string epoch, bool primed)
      : SessionStreams(clock, std::move(epoch), primed, Limits{}) {}
  SessionStreams(const Clock& clock, std::string epoch, bool primed, Limits limits)
      : clock_(clock), epoch_(std::move(epoch)), primed_(primed), limits_(limits) {}

  /// A stream for the messages of one request. finish() or abandon() must follow.
  Id open(std::shared_ptr<EventSink> sink);
  /// False when the stream is unknown. What cannot be delivered now waits for the client.
  bool send(Id stream, std::string_view json);
  /// Sends the response and ends the stream. The sink it went to; null when it waits.
  std::shared_ptr<EventSink> finish(Id stream, std::string_view json);
  /// Delivers the connection by which the client came back for the response, if finish() had none
  /// to send it to and the client ever does. Ask before finish(); one waiter.
  Completion<std::shared_ptr<EventSink>> taken(Id stream) const;
  /// Ends the stream without a response: nothing of it can be resumed.
  void abandon(Id stream);
  /// Ends the connection only; the client is told to come back.
  void close_connection(Id stream);

  /// Claims the place of the standalone stream; false when one is connected. open_standalone() must
  /// follow. Two steps, because the head of a response may reach the client, who may ask again,
  /// before the stream is attached.
  bool reserve_standalone();
  void open_standalone(std::shared_ptr<EventSink> sink);
  /// False when there is no such stream, connected or waiting for its client.
  bool send_standalone(std::string_view json);

  /// What a Last-Event-ID leads to.
  enum class Resumption {
    known,       // resume() sends what followed
    standalone,  // a standalone stream that is gone: open a new one
    unknown,     // nothing to send any more
  };
  Resumption look_up(std::string_view last_event_id);
  /// Attaches a connection in place of the old one, if any, and sends what followed that event. If
  /// that is much, only its beginning, and ends the connection: the client comes back for the rest.
  /// False when it became unknown meanwhile.
  bool resume(std::string_view last_event_id, std::shared_ptr<EventSink> sink);

  /// The connection ended: its stream waits.
  void detach(const EventSink* sink);
  /// The session ended: ends all connections and forgets everything.
  void close_all();
  /// Ends the standalone stream's connection.
  void close_standalone();
  /// Where the standalone stream is connected; null while it is not.
  std::shared_ptr<EventSink> standalone() const;

  bool connected() const;
  std::size_t kept_events() const;

 private:
  struct Stream {
    std::shared_ptr<EventSink> sink;  // null while disconnected
    std::uint32_t last = 0;           // number of its newest event
    bool standalone = false;
    bool finished = false;
    UnixMillis left_at = 0;  // when it lost its connection
    Completion<std::shared_ptr<EventSink>> taken;
  };
  struct Event {
    Id stream;
    std::uint32_t number;
    bool response;
    std::string json;
  };
  struct Cursor {
    Id stream;
    std::uint32_t number;
    bool standalone;
    bool ours;  // of this process
  };

  std::optional<Cursor> parse(std::string_view event_id) const;
  std::string event_id(Id id, const Stream& stream, std::uint32_t number) const;
  void attach(Id id, Stream& stream, std::shared_ptr<EventSink> sink, std::uint32_t number);
  void append(Id id, Stream& stream, std::string_view json, bool response);
  void trim();
  void drop_events(Id id);
  void forget_old();
  bool can_resume(const Cursor& cursor) const;

  const Clock& clock_;
  const std::string epoch_;
  const bool primed_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::map<Id, Stream> streams_;
  std::deque<Event> events_;  // oldest first
  std::size_t bytes_ = 0;
  Id last_id_ = 0;
  Id standalone_ = 0;
  bool reserved_ = false;
};

}  // namespace commsd::mcp
