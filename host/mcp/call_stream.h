#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/task.h"
#include "mcp/session.h"
#include "net/event_stream.h"

namespace commsd::mcp {

/// How one call on streamable HTTP is answered: by JSON when nothing comes before the reply, else
/// by an event stream, begun with the first message. Belongs to the exchange's loop until then;
/// send() works from any thread once the stream has begun.
class CallStream : public std::enable_shared_from_this<CallStream> {
 public:
  /// `last`: the connection is of no use to the client afterwards.
  using Start = std::function<std::shared_ptr<net::EventStream>(bool last)>;

  /// `session`: the legacy session that keeps what could not be delivered; null on the modern wire,
  /// where a lost connection ends the call.
  CallStream(Start start, std::shared_ptr<Session> session)
      : start_(std::move(start)), session_(std::move(session)) {}

  void begin(bool last = false);
  bool begun() const { return sink_ != nullptr; }
  /// Begins the stream if need be. False when the message cannot reach the client any more.
  bool send(std::string_view json);
  /// Ends the connection, where the client can come back for the rest.
  void close_connection();

  /// How long finish() waits for a client that lost its connection; it is told to be back in 1 s.
  static constexpr std::chrono::seconds return_limit{10};

  /// Sends the reply on the stream, which has begun; whether it was handed over whole. `matters`:
  /// the caller has to know. Then a client that can come back for the reply is waited for,
  /// because it will have it after all.
  Task<bool> finish(std::string body, bool matters);
  /// Ends the stream, if it has begun, without a reply.
  void abandon();
  /// Forgets the exchange, which ends: from now on send() does nothing unless the stream has begun.
  void retire() { start_ = nullptr; }

 private:
  Start start_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<EventSink> sink_;
  SessionStreams::Id id_ = 0;
};

}  // namespace commsd::mcp
