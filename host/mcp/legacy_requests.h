#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "mcp/client_requests.h"
#include "mcp/session.h"

namespace commsd::mcp {

/// Questions on the legacy wires: JSON-RPC requests on the stream of the call they belong to,
/// answered by a message of the client's own. Waits for a person if need be, but not for ever.
class LegacyRequests final : public ClientRequests {
 public:
  /// Sends one message towards the client; false when it cannot reach it any more.
  using Send = std::function<bool(std::string_view json)>;

  LegacyRequests(std::shared_ptr<Session> session, Send send, std::stop_token cancelled,
                 std::stop_token draining, std::chrono::milliseconds patience)
      : session_(std::move(session)),
        capabilities_(session_->capabilities()),
        send_(std::move(send)),
        cancelled_(std::move(cancelled)),
        draining_(std::move(draining)),
        patience_(patience) {}

  const ClientCapabilities& capabilities() const override { return capabilities_; }
  Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) override;

 private:
  std::shared_ptr<Session> session_;
  ClientCapabilities capabilities_;
  Send send_;
  std::stop_token cancelled_;
  std::stop_token draining_;
  std::chrono::milliseconds patience_;
};

}  // namespace commsd::mcp
