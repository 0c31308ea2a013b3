#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <comms/svc/ws.h>

#include "net/ws_client.h"
#include "plugin/instance_monitor.h"
#include "plugin/services/op.h"
#include "plugin/services/session.h"

namespace commsd::plugin {

/// The host's side of `comms_ws`: one socket of an op or of a session. The client posts its
/// callbacks to the owner's executor, so everything here is on that one thread.
class WsCall final : public Op::Part,
                     public Session::Part,
                     public std::enable_shared_from_this<WsCall> {
 public:
  /// Exactly one of `op` and `session` is given.
  WsCall(std::shared_ptr<InstanceMonitor> monitor, std::shared_ptr<Op> op,
         std::shared_ptr<Session> session, const comms_ws_events& events, void* user,
         void (*release)(void*));
  ~WsCall() override;

  comms_ws* handle() { return reinterpret_cast<comms_ws*>(this); }
  static WsCall* from(comms_ws* handle) { return reinterpret_cast<WsCall*>(handle); }

  void start(net::WsClient& client, net::WsRequest request);
  comms_status send(bool text, std::string_view message);
  void close(std::uint16_t code, std::string_view reason);

  void cancel() override;
  void resume_chunks() override;

 private:
  Executor& executor() const { return op_ ? *op_->executor() : *session_->executor(); }
  void on_open();
  void on_message(bool text, std::string message);
  void on_end(const net::WsEnd& how);
  void deliver_held();
  /// Calls the plugin and acts on its status; false when the plugin is to hear no more.
  template <typename Call>
  bool tell(Call call);
  void end();
  void let_go();

  const std::shared_ptr<InstanceMonitor> monitor_;
  std::shared_ptr<Op> op_;
  std::shared_ptr<Session> session_;
  const comms_ws_events& events_;
  void* user_;
  void (*release_)(void*);
  std::shared_ptr<net::WsSocket> socket_;
  std::deque<std::pair<bool, std::string>> held_;  // while the op's chunks are full
  std::optional<net::WsEnd> held_end_;
  bool calling_ = false;   // inside the plugin
  bool finished_ = false;  // the plugin is to hear no more
  bool ended_ = false;
};

}  // namespace commsd::plugin
