#include "mcp/completion.h"

#include "base/json_writer.h"
#include "base/text.h"

namespace commsd::mcp {

std::string completion_json(const std::vector<std::string>& candidates, const std::string& value) {
  constexpr std::size_t most_values = 100;
  const std::string wanted = to_lower_ascii(value);
  std::size_t total = 0;
  JsonWriter out;
  out.begin_object().key("values").begin_array();
  for (const std::string& candidate : candidates) {
    if (!to_lower_ascii(candidate).starts_with(wanted)) continue;
    if (++total <= most_values) out.value(candidate);
  }
  out.end_array().field("total", total).field("hasMore", total > most_values);
  return out.end_object().take();
}

}  // namespace commsd::mcp
