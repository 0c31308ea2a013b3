#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::plugin {

/// How the operations of a slot run: continuations, the instance's own threads, or neither.
enum class ExecutionClass { async = 1, block, pure };

struct ManifestSlot {
  std::string id;                // "comms.email/1"
  std::vector<std::string> ops;  // members of the slot table that may be called
  ExecutionClass execution = ExecutionClass::async;
  /// The vendor drops a repeated idempotency key. Only then may a lost send be repeated.
  bool idempotency_key = false;
  /// Of a database: no two processes can use it at the same time.
  bool one_process = false;

  bool has_op(std::string_view name) const;
};

/// A further provider name served by the same code with other defaults.
struct ManifestPreset {
  std::string provider;
  std::string name;
  std::string config_json;          // an object: values used where the configuration has none
  std::vector<std::string> egress;  // instead of the manifest's when not empty
};

struct ManifestWebhook {
  std::string path;
  std::vector<std::string> methods;
};

/// What a plugin says of itself in the section .comms.manifest, read without loading it.
/// The form is plugin-sdk/schema/manifest.schema.json.
struct Manifest {
  std::string id;        // reverse domain name, equal to comms_plugin.id
  std::string provider;  // the name in `use:`
  std::string name;      // for people
  std::string description;
  std::string vendor;
  std::string version;
  std::string license;
  std::string homepage;
  std::string status;  // active | unofficial | closed | sandbox
  std::uint32_t abi_minor = 0;
  std::vector<ManifestSlot> slots;
  std::vector<std::string> services;
  std::vector<std::string> egress;
  std::vector<ManifestWebhook> webhooks;
  std::vector<ManifestPreset> presets;
  std::uint32_t max_concurrency = 0;  // 0 = not stated
  std::string config_schema;          // JSON Schema of an instance's settings
  std::string json;                   // the manifest as it was read

  /// Null when it is not offered. `slot_id` as in the ABI.
  const ManifestSlot* slot(std::string_view slot_id) const;
  /// The preset of that provider name; null for the provider itself.
  const ManifestPreset* preset(std::string_view provider_name) const;
  /// True when `use:` may name it so: provider, preset or id.
  bool answers_to(std::string_view provider_name) const;
};

/// Errors: invalid_argument with the member that is wrong and what it must be, permission_denied
/// for an ABI major other than ours. Unknown members are refused: a typing error in `egress` would
/// otherwise be a missing permission at run time.
Result<Manifest> parse_manifest(std::string_view json);

/// "telephony" for "comms.telephony/1" and back; empty when it is none of ours.
std::string_view slot_name(std::string_view slot_id);
std::string_view slot_id(std::string_view slot_name);

}  // namespace commsd::plugin
