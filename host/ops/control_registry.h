#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/task.h"

namespace commsd::ops {

/// What commsctl may ask the daemon for: commands by name. Rooms only add; the control server
/// looks up. The peer was authenticated by its user id before a handler runs, and may do
/// everything: handlers do not check permissions, but they scope to the organization they are
/// given like any other caller.
class ControlRegistry {
 public:
  /// Runs on the control server's loop. `arguments` is an object and lives until the task ends.
  /// The answer is JSON text of any type; an Error reaches the user with message and remedy.
  ///
  /// Coroutine lambdas with captures are fine here and only here: the registry keeps the lambda for
  /// as long as the server runs.
  using Handler = std::function<Task<Result<std::string>>(JsonValue arguments)>;

  struct Command {
    std::string summary;  // one line for `commsctl help`
    Handler handler;
  };

  /// Before the server starts. `name` is dotted lower case, e.g. "agents.list". A name given twice
  /// ends the process: one of the two would never be reached.
  void add(std::string name, std::string summary, Handler handler);

  const Command* find(std::string_view name) const;
  const std::map<std::string, Command, std::less<>>& commands() const { return commands_; }

 private:
  std::map<std::string, Command, std::less<>> commands_;
};

}  // namespace commsd::ops
