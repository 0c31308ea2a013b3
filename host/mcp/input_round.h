#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/principal.h"
#include "mcp/client_requests.h"
#include "mcp/json_rpc.h"
#include "mcp/request_state.h"

namespace commsd::mcp {

/// One round of a modern call that may ask its client (2026-07-28, basic/patterns/mrtr): answers
/// come with the call, and a question without an answer ends the round.
///
/// Answers count for the questions that the call's requestState says were asked. A call that only
/// reads may also bring answers without a state: a client that knows the questions saves a round.
/// A call that acts may not, so that no answer is taken for a question its user never saw.
class InputRound final : public ClientRequests {
 public:
  /// `acts`: the call may change something. What is referred to outlives this.
  InputRound(const RequestStates& states, const RpcMessage& message,
             const identity::Principal& principal, bool acts);

  /// Reads inputResponses and requestState. The fault to answer with, if there is one.
  std::optional<RpcError> read();
  /// The state the call came with, which a call that acts may use once; null if it has none.
  const RequestStates::State* state() const { return state_ ? &*state_ : nullptr; }
  bool acts() const { return acts_; }

  const ClientCapabilities& capabilities() const override { return capabilities_; }
  Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) override;

  /// Whether `error` is the mark of a question that ended the round, as ask() returned it.
  bool ended_by(const Error& error) const;
  /// Then: the error to answer with, or nothing when the answer is `members_json()`.
  const std::optional<RpcError>& fault() const { return fault_; }
  /// resultType, inputRequests and requestState of the InputRequiredResult.
  const std::string& members_json() const { return members_; }

 private:
  std::optional<JsonValue> find(const std::string& key) const;
  tl::unexpected<Error> end(std::optional<RpcError> fault);

  const RequestStates& states_;
  const RpcMessage& message_;
  const std::string binding_;
  const bool acts_;
  ClientCapabilities capabilities_;
  std::optional<JsonValue> responses_;
  std::optional<RequestStates::State> state_;
  std::vector<std::pair<std::string, std::string>> taken_;  // key and answer, of this round
  bool ended_ = false;
  std::optional<RpcError> fault_;
  std::string members_;
};

}  // namespace commsd::mcp
