#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"

namespace commsd::mcp {

/// A question for values of one argument of a prompt or one variable of a URI template.
struct CompletionContext {
  identity::Principal principal;
  std::string argument;
  std::string value;                                          // what the user has typed so far
  std::map<std::string, std::string, std::less<>> arguments;  // those that are settled
};

/// Gives candidates, the best first. Those that do not begin with the value are left out by the
/// caller, so a short list needs no look at it; a long one should.
using Completer = std::function<Task<Result<std::vector<std::string>>>(CompletionContext& context)>;

/// The `completion` member of the answer: at most 100 values (specification, server/utilities/
/// completion) of those candidates that begin with `value`, whatever the case.
std::string completion_json(const std::vector<std::string>& candidates, const std::string& value);

}  // namespace commsd::mcp
