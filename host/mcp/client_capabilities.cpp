#include "mcp/client_capabilities.h"

namespace commsd::mcp {

namespace {

bool declares(const std::optional<JsonValue>& parent, std::string_view name) {
  const auto member = parent ? parent->get(name) : std::nullopt;
  return member && member->is_object();
}

}  // namespace

ClientCapabilities ClientCapabilities::parse(JsonValue capabilities) {
  ClientCapabilities parsed;
  const auto elicitation = capabilities.get("elicitation");
  if (elicitation && elicitation->is_object()) {
    parsed.elicitation_url = declares(elicitation, "url");
    parsed.elicitation_form = declares(elicitation, "form") || !parsed.elicitation_url;
  }
  parsed.sampling = declares(capabilities, "sampling");
  parsed.sampling_tools = declares(capabilities.get("sampling"), "tools");
  parsed.roots = declares(capabilities, "roots");
  parsed.tasks = declares(capabilities.get("extensions"), tasks_extension);
  return parsed;
}

std::uint8_t ClientCapabilities::bits() const {
  const bool flags[] = {elicitation_form, elicitation_url, sampling, sampling_tools, roots, tasks};
  unsigned packed = 0;
  for (std::size_t i = 0; i < std::size(flags); ++i) packed |= unsigned{flags[i]} << i;
  return static_cast<std::uint8_t>(packed);
}

ClientCapabilities ClientCapabilities::from_bits(std::uint8_t bits) {
  const auto flag = [bits](unsigned place) { return (unsigned{bits} >> place & 1u) != 0; };
  return {flag(0), flag(1), flag(2), flag(3), flag(4), flag(5)};
}

}  // namespace commsd::mcp
