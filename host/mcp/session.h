#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace commsd::net {
class EventStream;
}

namespace commsd::mcp {

/// What one process remembers of a legacy session: which requests run, and its server-to-client
/// stream. Nothing here must survive a restart. [any thread]
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::string id, std::string principal_key, std::string version)
      : id_(std::move(id)),
        principal_key_(std::move(principal_key)),
        version_(std::move(version)) {}

  const std::string& id() const { return id_; }
  const std::string& principal_key() const { return principal_key_; }
  const std::string& version() const { return version_; }

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

  /// Claims the place of the server-to-client stream; false when there is one already. attach()
  /// must follow.
  bool reserve_stream();
  void attach(std::shared_ptr<net::EventStream> stream);
  void detach(const net::EventStream* stream);
  std::shared_ptr<net::EventStream> stream() const;

  /// When it was last used; the table forgets idle sessions.
  UnixMillis last_used() const;
  void touch(UnixMillis now);
  bool idle() const;  // no request runs and no stream is open

 private:
  const std::string id_;
  const std::string principal_key_;
  const std::string version_;
  mutable std::mutex mutex_;
  std::vector<Running*> running_;
  std::shared_ptr<net::EventStream> stream_;
  bool stream_reserved_ = false;
  UnixMillis last_used_ = 0;
};

}  // namespace commsd::mcp
