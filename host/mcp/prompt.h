#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/client_requests.h"
#include "mcp/completion.h"

namespace commsd::mcp {

using PromptArguments = std::map<std::string, std::string, std::less<>>;

/// What a prompt may use. Lives until it has been answered.
struct PromptContext {
  identity::Principal principal;
  PromptArguments arguments;  // known ones only; the required ones are there
  std::stop_token cancelled = {};
  /// Asks the client's side; null where there is no way to.
  ClientRequests* client = nullptr;
};

struct PromptMessage {
  std::string role;          // "user" or "assistant"
  std::string content_json;  // one content block: see mcp/content.h
};

/// One prompt. Name, texts, arguments and usually its messages are data: schema/prompts/NAME.json
/// (embedded).
struct Prompt {
  using Get = std::function<Task<Result<std::vector<PromptMessage>>>(PromptContext& context)>;

  std::string name;
  std::vector<identity::Role> roles;
  Get get = nullptr;             // null = the definition's messages, filled in
  Completer complete = nullptr;  // values of the arguments
};

}  // namespace commsd::mcp
