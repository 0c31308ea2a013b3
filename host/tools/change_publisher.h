#pragma once

#include <string>

#include "base/gate.h"
#include "base/task.h"
#include "mcp/notification_hub.h"
#include "messaging/change_listener.h"
#include "messaging/threads.h"
#include "store/call_records.h"

namespace commsd::tools {

/// Turns what happens in the mission into what MCP clients may have asked to hear of: the URIs of
/// changed resources, and changed lists. [any thread]
///
/// A linked contact's thread has several URIs, and a read of the store tells them: they are named a
/// moment later.
class ChangePublisher : public messaging::ChangeListener {
 public:
  /// Both outlive this.
  ChangePublisher(mcp::NotificationHub& hub, const messaging::Threads& threads)
      : hub_(hub), threads_(threads) {}

  void item_received(const store::InboxItem& item) override;
  void items_acknowledged(const std::string& org_id, const std::string& agent_id) override;
  void message_changed(const store::Message& message) override;

  /// A call has a new state, or a cost.
  void call_changed(const store::Call& call);
  /// An agent was provisioned or deprovisioned: its channels, who is listed, and what it may do. A
  /// token's own terms never change: streams of one that is gone are closed (mcp::OpenStreams).
  void agent_changed(const std::string& org_id, const std::string& agent_id);
  /// Providers came or went.
  void providers_changed();

  /// Returns when what is under way has been named.
  Task<void> close() { return gate_.close(); }

 private:
  void publish_thread(const std::string& org_id, const std::string& agent_id,
                      const std::string& address);
  Task<void> publish_other_names(Gate::Pass pass, std::string org_id, std::string agent_id,
                                 std::string address);
  void publish(mcp::Change::Kind kind, std::string subject, const std::string& org_id,
               const std::string& agent_id);

  mcp::NotificationHub& hub_;
  const messaging::Threads& threads_;
  Gate gate_;
};

}  // namespace commsd::tools
