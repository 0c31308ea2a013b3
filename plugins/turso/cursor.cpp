#include "cursor.h"

#include <algorithm>

namespace turso_plugin {

ServerError read_error(const comms::JsonNode& error) {
  return {error["code"].text(), error["message"].text("no reason was given")};
}

bool CursorReader::feed(std::string_view part) {
  while (!part.empty()) {
    const std::size_t end = part.find('\n');
    if (end == std::string_view::npos) {
      rest_ += part;
      return true;
    }
    bool more = true;
    if (rest_.empty()) {
      more = take_line(part.substr(0, end));
    } else {
      rest_ += part.substr(0, end);
      const std::string line = std::move(rest_);
      rest_.clear();
      more = take_line(line);
    }
    if (!more) return false;
    part.remove_prefix(end + 1);
  }
  return true;
}

bool CursorReader::take_line(std::string_view line) {
  if (line.find_first_not_of(" \r") == std::string_view::npos) return true;
  const comms::Json entry(host_, line);
  if (!entry) {
    throw comms::Error(COMMS_UNAVAILABLE, "the database server's answer is not what Hrana says");
  }
  if (!has_head_) {
    has_head_ = true;
    baton_ = entry["baton"].text();
    base_url_ = entry["base_url"].text();
    return true;
  }
  const std::string type = entry["type"].text();
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(entry["step"].integer(), 0));
  if (type == "step_begin") {
    in_step_ = true;
    sink_.begin(step, entry["cols"]);
  } else if (type == "row") {
    return sink_.row(entry["row"]);
  } else if (type == "step_end") {
    in_step_ = false;
    sink_.end();
  } else if (type == "step_error") {
    in_step_ = false;
    sink_.failed(step, read_error(entry["error"]));
  } else if (type == "error") {
    throw to_error(read_error(entry["error"]), "the batch was given up");
  }
  return true;  // others came later to the protocol and may be passed by
}

}  // namespace turso_plugin
