#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/task.h"
#include "mcp/client_capabilities.h"

namespace commsd::mcp {

/// One question to the client's side, e.g. elicitation/create.
struct InputRequest {
  std::string key;          // names it within the call; the same on every run of the handler
  std::string method;       // "elicitation/create", "sampling/createMessage" or "roots/list"
  std::string params_json;  // one JSON object; "" = {}
};

/// The client's answer, checked to be an object. `owner` keeps `value` alive.
struct InputAnswer {
  std::shared_ptr<const JsonDocument> owner;
  JsonValue value;
};

/// Asking the client in the middle of a call, whatever wire it came by.
///
/// The problem: legacy MCP sends the question and waits; modern MCP (2026-07-28, "MRTR") ends the
/// call with the question, and the client makes the whole call again with the answer. One handler
/// serves both when it follows one rule: **ask before acting.** On the modern wire it runs again
/// from its first line, and an ask() whose answer has not come returns an error that the handler
/// passes on unchanged, having done nothing yet:
///
///     auto answers = co_await context.client->ask({{"confirm", "elicitation/create", form}});
///     if (!answers) co_return fail(answers.error());
///     // from here on the call may have effects
///
/// Lives until the call was answered. Used on the call's executor.
class ClientRequests {
 public:
  virtual ~ClientRequests() = default;

  virtual const ClientCapabilities& capabilities() const = 0;

  /// Answers in the order of the questions. Errors: unsupported (the client did not declare it; on
  /// the modern wire this becomes -32021), cancelled, timeout, invalid_argument (an answer that is
  /// no object), and on the modern wire a mark that only the dispatcher reads.
  virtual Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) = 0;
};

/// What the requests need that `declared` does not have, as the object that -32021 carries in
/// data.requiredCapabilities ({"elicitation":{}}); empty when nothing is missing.
std::string undeclared(const std::vector<InputRequest>& requests,
                       const ClientCapabilities& declared);

/// Whether `answer` is a result of that method in its required members.
bool is_answer_to(std::string_view method, JsonValue answer);

}  // namespace commsd::mcp
