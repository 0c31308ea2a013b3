#pragma once

#include <string>
#include <vector>

#include <comms/cpp/types.hpp>

#include "plugin_file.h"
#include "sample_config.h"

namespace comms::check {

enum class Effect {
  sends,     // a second time would be a second message, call or purchase
  looks_up,  // after a lost answer: "not found" makes the host send again
  removes,   // what is gone already is a success
  other
};

/// Arguments that depend on the plugin.
struct Values {
  std::string origin;     // of the vendor
  std::string media_url;  // there
};

/// An operation with an op, and how to call it with ordinary arguments.
struct Operation {
  const char* slot_id;
  const char* name;
  Effect effect;
  /// What must be there when it ends with COMMS_OK: "message", "chunk", the name of a field, "".
  const char* yields;
  Status (*begin)(const void* table, void* self, comms_op* op, const Values& values);
};

const std::vector<Operation>& operations();
Values values_for(const PluginFile& plugin, const SampleConfig& config);

}  // namespace comms::check
