#pragma once

#include <memory>
#include <vector>

#include <comms/comms.h>

#include "base/executor.h"

namespace commsd::plugin {

/// The host's side of `comms_session`: one streaming session (speech to text) and the sockets its
/// plugin opened for it. Everything [session] in the ABI runs on the executor the session was made
/// on, which makes it serial without a lock. Use on that executor only.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `generation` is kept until the session and all its sockets ended.
  static std::shared_ptr<Session> create(std::shared_ptr<const void> generation);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  comms_session* handle() { return reinterpret_cast<comms_session*>(this); }
  static Session* from(comms_session* handle) { return reinterpret_cast<Session*>(handle); }

  /// Ends the sockets without further callbacks and runs their releases. Call after the slot's
  /// close(); the destructor does it too.
  void close();

  // For the services:
  class Part {
   public:
    virtual ~Part() = default;
    virtual void cancel() = 0;
  };
  Executor* executor() const { return executor_; }
  bool closed() const { return closed_; }
  void part_began(std::shared_ptr<Part> part);
  void part_ended(const Part* part);

 private:
  explicit Session(std::shared_ptr<const void> generation);

  std::shared_ptr<const void> generation_;
  Executor* executor_;
  std::vector<std::shared_ptr<Part>> parts_;
  bool closed_ = false;
};

}  // namespace commsd::plugin
