#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/completion.h"
#include "base/result.h"
#include "mcp/client_requests.h"
#include "mcp/json_rpc.h"
#include "mcp/log_level.h"
#include "mcp/notification_hub.h"
#include "mcp/resource_watch.h"
#include "mcp/session_streams.h"

namespace commsd::mcp {

/// What one process knows of a legacy session: which requests run, its streams, the questions put
/// to the client, and what the client asked to hear of. Only the last must survive a restart:
/// wishes_json() is what to keep. [any thread]
class Session : public std::enable_shared_from_this<Session> {
 public:
  static constexpr std::size_t max_subscriptions = 256;  // resources
  static constexpr std::size_t max_uri = 2048;           // bytes

  /// `epoch`: random text, another one in each process; "" for a wire without resumption.
  Session(std::string id, std::string principal_key, std::string version,
          ClientCapabilities capabilities, const Clock& clock, std::string epoch);

  const std::string& id() const { return id_; }
  const std::string& principal_key() const { return principal_key_; }
  const std::string& version() const { return version_; }
  SessionStreams& streams() { return streams_; }

  ClientCapabilities capabilities() const;
  /// For HTTP+SSE, where `initialize` comes after the stream.
  void set_capabilities(ClientCapabilities capabilities);

  /// A running request: registered while this lives.
  class Running {
   public:
    Running(std::shared_ptr<Session> session, std::string id_json);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::stop_token token() const { return source_.get_token(); }

   private:
    friend Session;
    std::shared_ptr<Session> session_;
    std::string id_json_;
    std::stop_source source_;
  };

  std::size_t running() const;

  /// Stops the request with that id (notifications/cancelled). False when none runs.
  bool cancel(std::string_view id_json);
  void cancel_all();

  /// A question to the client, open while this lives or until it is answered.
  class Question {
   public:
    Question(std::shared_ptr<Session> session, std::string method);
    ~Question();
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    const std::string& id_json() const { return id_json_; }
    const Completion<Result<InputAnswer>>& answer() const { return answer_; }

   private:
    friend Session;
    std::shared_ptr<Session> session_;
    std::string method_;
    std::string id_json_;
    Completion<Result<InputAnswer>> answer_;
  };

  /// Takes a client's response to the question it answers; false when none is open under that id.
  bool answer(RpcMessage response);

  LogLevel log_level() const;
  void set_log_level(LogLevel level);
  /// False when there are max_subscriptions already.
  bool subscribe(std::string uri);
  void unsubscribe(std::string_view uri);

  /// Level and subscriptions as JSON; "" when the client never asked for any.
  std::string wishes_json() const;
  /// Counts the client's changes to its wishes here.
  std::uint64_t wishes_version() const;
  /// Takes what wishes_json() once gave, here or in another process, in place of what there is;
  /// nothing when the client changed its wishes here since `version`. What cannot be read is left
  /// out.
  void restore_wishes(std::string_view json, std::uint64_t version);

  /// Connects the session to what changes. Once is enough; later calls do nothing.
  void listen(NotificationHub& hub, const identity::Principal& principal);
  /// Adds what resources the client subscribed to, once the session listens.
  void collect(std::vector<WatchedResource>& watched) const;
  /// Sends the change on the standalone stream if this client is to hear of it.
  void deliver(const Change& change);

  /// When it was last used; the table forgets idle sessions.
  UnixMillis last_used() const;
  void touch(UnixMillis now);
  bool idle() const;  // no request runs and no stream is open
  /// When it was last made sure that no other process ended it; 0 = not yet, and then its wishes
  /// may still be in the store only.
  UnixMillis checked_at() const;
  void set_checked_at(UnixMillis now);

 private:
  const std::string id_;
  const std::string principal_key_;
  const std::string version_;
  const std::string epoch_;
  SessionStreams streams_;
  mutable std::mutex mutex_;
  ClientCapabilities capabilities_;
  std::vector<Running*> running_;
  std::map<std::string, Question*, std::less<>> questions_;  // by id_json
  std::uint64_t last_question_ = 0;
  std::uint64_t wishes_version_ = 0;
  bool level_set_ = false;
  LogLevel level_ = LogLevel::info;
  std::set<std::string, std::less<>> subscriptions_;
  NotificationHub::Subscription hub_subscription_;
  bool listening_ = false;
  identity::Principal listener_;  // once it listens
  UnixMillis last_used_ = 0;
  UnixMillis checked_at_ = 0;
};

}  // namespace commsd::mcp
