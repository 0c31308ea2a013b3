#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/Dynamic/Var.h>

// From plugin.yaml to the bytes of the section .comms.manifest (plugin-abi design, section 5.1).

namespace comms::manifest {

/// The host refuses a larger section, so that reading an unknown file stays cheap.
inline constexpr std::size_t max_json_bytes = 64 * 1024;

/// One finding: where ("slots[0].class") and what is wrong, with what to write instead.
struct Problem {
  std::string where;
  std::string what;
};

struct Manifest {
  Poco::Dynamic::Var value;  // objects keep their members sorted, which makes the JSON canonical
  std::vector<Problem> problems;

  bool good() const { return problems.empty(); }
};

/// Reads YAML 1.2 core scalars (true/false, null, integers, decimals; everything quoted is text).
/// Problems: not YAML, more than one document, a repeated key, a key that is not text.
Manifest read_yaml(const std::string& yaml);

/// Adds the problems found against the JSON Schema, then those a schema cannot express: repeated
/// slots, ops the slot does not have, settings that are named but not described, secrets with a
/// default, presets of the same name, JSON above max_json_bytes.
/// `expected_slots` ("email"), when not empty, must be exactly the slots of the manifest.
void check(Manifest& manifest, const std::string& schema_json,
           const std::vector<std::string>& expected_slots);

std::string canonical_json(const Poco::Dynamic::Var& value);

/// Defines COMMS_PLUGIN_ID and COMMS_PLUGIN_VERSION. `manifest` must be good.
std::string c_header(const Manifest& manifest);

/// The ops of a slot ("comms.email/1"), which are the function members of its table; empty for an
/// unknown slot.
const std::vector<std::string_view>& slot_ops(std::string_view slot_id);

}  // namespace comms::manifest
