#include "mcp/input_round.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "mcp/modern_envelope.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

// No handler's error has this cause; it never leaves the server.
constexpr std::string_view mark = "input round ended";

/// Everything that makes two calls the same call, whatever round they are in.
std::string binding_of(const RpcMessage& message, const identity::Principal& principal) {
  std::string binding = principal.key() + "\n" + std::string(message.method()) + "\n";
  if (!message.params()) return binding;
  message.params()->each_member([&](std::string_view name, JsonValue value) {
    if (name == "_meta" || name == "inputResponses" || name == "requestState") return;
    append_json_string(binding, name);
    binding += ":" + value.to_canonical_string() + "\n";
  });
  return binding;
}

ClientCapabilities declared(const RpcMessage& message) {
  const auto capabilities = message.meta(meta_client_capabilities);
  return capabilities ? ClientCapabilities::parse(*capabilities) : ClientCapabilities();
}

}  // namespace

InputRound::InputRound(const RequestStates& states, const RpcMessage& message,
                       const identity::Principal& principal, bool acts)
    : states_(states),
      message_(message),
      binding_(binding_of(message, principal)),
      acts_(acts),
      capabilities_(declared(message)) {}

std::optional<RpcError> InputRound::read() {
  const auto refuse = [](std::string text) {
    return RpcError{rpc_code::invalid_params, "Invalid params: " + std::move(text), {}};
  };
  responses_ = message_.param("inputResponses");
  if (responses_ && !responses_->is_object()) return refuse("'inputResponses' must be an object");
  const auto text = message_.param("requestState");
  if (!text) return std::nullopt;
  if (!text->is_string()) return refuse("'requestState' must be a string");
  auto opened = states_.open(*text->string(), binding_);
  if (!opened) return refuse(opened.error().message);
  state_ = std::move(*opened);
  return std::nullopt;
}

std::optional<JsonValue> InputRound::find(const std::string& key) const {
  if (state_) {
    const auto earlier = state_->answers ? state_->answers->get(key) : std::nullopt;
    if (earlier) return earlier;
    const auto& asked = state_->asked;
    if (std::find(asked.begin(), asked.end(), key) == asked.end()) return std::nullopt;
  } else if (acts_) {
    return std::nullopt;
  }
  return responses_ ? responses_->get(key) : std::nullopt;
}

tl::unexpected<Error> InputRound::end(std::optional<RpcError> fault) {
  ended_ = true;
  fault_ = std::move(fault);
  return fail(ErrorCode::unsupported, "the client has to be asked first", std::string(mark));
}

Task<Result<std::vector<InputAnswer>>> InputRound::ask(std::vector<InputRequest> requests) {
  if (const std::string missing = undeclared(requests, capabilities_); !missing.empty()) {
    co_return end(RpcError{rpc_code::missing_capability,
                           "Missing required client capability: the call needs what "
                           "clientCapabilities does not declare",
                           R"({"requiredCapabilities":)" + missing + "}"});
  }
  std::vector<InputAnswer> answers;
  std::vector<const InputRequest*> open;
  for (const InputRequest& request : requests) {
    const auto answer = find(request.key);
    if (!answer) {
      open.push_back(&request);
      continue;
    }
    if (!is_answer_to(request.method, *answer)) {
      co_return end(RpcError{
          rpc_code::invalid_params,
          "Invalid params: inputResponses." + request.key + " is no result of " + request.method,
          {}});
    }
    taken_.emplace_back(request.key, answer->to_string());
    // A copy of its own: the message it came with goes before what the handler may keep.
    auto copy = JsonDocument::parse(taken_.back().second);
    if (!copy) co_return fail(copy.error());
    const auto owner = std::make_shared<const JsonDocument>(std::move(*copy));
    answers.push_back({owner, owner->root()});
  }
  if (open.empty()) co_return answers;

  std::vector<std::string> asked;
  JsonWriter questions;
  questions.begin_object();
  for (const InputRequest* request : open) {
    asked.push_back(request->key);
    questions.key(request->key).begin_object().field("method", request->method);
    questions.raw_field("params", request->params_json.empty() ? "{}" : request->params_json);
    questions.end_object();
  }
  questions.end_object();
  JsonWriter earlier;
  earlier.begin_object();
  for (const auto& [key, answer] : taken_) earlier.raw_field(key, answer);
  earlier.end_object();
  const auto sealed = states_.seal(binding_, asked, earlier.text());
  if (!sealed) {
    co_return end(
        RpcError{rpc_code::invalid_params, "Invalid params: " + sealed.error().message, {}});
  }
  members_ = R"("resultType":"input_required","inputRequests":)" + questions.text() +
             R"(,"requestState":")" + *sealed + "\"";
  co_return end(std::nullopt);
}

bool InputRound::ended_by(const Error& error) const {
  return ended_ && error.cause == mark;
}

}  // namespace commsd::mcp
