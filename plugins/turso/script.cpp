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
  requests += "}]";
  comms::LockWait wait(longest_wait_ms);
  for (;;) {
    const comms::Json answer = stream.pipeline(requests, Purpose::write);
    const comms::JsonNode result = answer.at("/results/1");
    if (result["type"].text() == "ok") return;
    const ServerError error = read_error(result["error"]);
    stream.close();
    if (!is_busy(error) || !wait.again()) throw to_error(error, "script");
  }
}

}  // namespace turso_plugin
