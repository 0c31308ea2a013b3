#include "script.h"

#include <comms/cpp/lock_wait.hpp>

namespace turso_plugin {

namespace {

constexpr std::uint32_t longest_wait_ms = 60000;

}  // namespace

void run_script(Stream& stream, std::string_view sql) {
  // A sequence ends at the first statement that fails (HRANA_3_SPEC, "Execute a sequence of SQL
  // statements"), so nothing runs outside of the transaction and no COMMIT follows a failure; what
  // is open then is undone with the stream.
  std::string requests =
      R"([{"type":"execute","stmt":{"sql":"PRAGMA foreign_keys = ON","want_rows":false}},)"
      R"({"type":"sequence","sql":)";
  comms::append_json_string(requests, "BEGIN IMMEDIATE;\n" + std::string(sql) + "\n;COMMIT");
  // A comment that never ends would swallow the COMMIT, and all else would go well.
  requests += R"(},{"type":"get_autocommit"}])";
  comms::LockWait wait(longest_wait_ms);
  for (;;) {
    const comms::Json answer = stream.pipeline(requests, Purpose::write);
    const comms::JsonNode result = answer.at("/results/1");
    if (result["type"].text() == "ok") {
      const comms::JsonNode ended = answer.at("/results/2/response/is_autocommit");
      if (ended.boolean()) return;
      stream.close();
      if (ended.type() == COMMS_JSON_BOOL) {
        throw comms::Error(COMMS_INVALID, "script: it does not end where its text ends");
      }
      throw comms::Error(COMMS_AMBIGUOUS, "script: the server does not say whether it was saved");
    }
    const ServerError error = read_error(result["error"]);
    stream.close();
    if (!is_busy(error) || !wait.again()) throw to_error(error, "script");
  }
}

}  // namespace turso_plugin
