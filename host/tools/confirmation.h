#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mcp/tool.h"
#include "store/store.h"

namespace commsd::tools {

/// "Confirm before sending": lets a person say yes before a tool acts. A client that can show a
/// form is asked (elicitation). Any other gets the result `confirmation_required` with a
/// confirmToken, and the tool acts when it is called again with that token and the same arguments.
///
/// A token is good for one call of one caller, one tool and these arguments, for ten minutes. Its
/// use is written down before the tool acts, so that it works once whatever crashes and however
/// many workers there are. Nothing is done without a yes. [any executor]
class Confirmation {
 public:
  static constexpr std::chrono::minutes lifetime{10};

  /// `tools` are the names of those that ask (configuration: mcp.confirm). `key` signs the tokens;
  /// at least 32 random bytes that stay the same across restarts.
  Confirmation(store::Store& store, const Clock& clock, Random& random, std::string key,
               const std::vector<std::string>& tools)
      : store_(store),
        clock_(clock),
        random_(random),
        key_(std::move(key)),
        tools_(tools.begin(), tools.end()) {}

  /// The tool itself when it need not ask; else one that asks first. The tool's input schema has a
  /// confirmToken; its handler does not see it.
  mcp::Tool guard(mcp::Tool tool);

 private:
  struct Call;  // one call under guard

  Task<Result<mcp::ToolResult>> run(const mcp::Tool::Handler* act, std::string tool,
                                    JsonValue arguments, mcp::ToolContext* context);
  Task<Result<void>> ask_person(const Call* call, mcp::ToolContext* context) const;
  Task<Result<void>> use_token(const Call* call, std::string token,
                               const identity::Principal* principal) const;
  mcp::ToolResult require(const Call& call, const identity::Principal& principal);
  std::string sign(std::string_view body, const Call& call,
                   const identity::Principal& principal) const;

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  std::string key_;
  std::set<std::string> tools_;
};

}  // namespace commsd::tools
