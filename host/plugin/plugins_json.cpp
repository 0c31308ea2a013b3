#include "plugin/plugins_json.h"

#include "base/json_writer.h"

namespace commsd::plugin {
namespace {

void write_list(JsonWriter& out, std::string_view name, const std::vector<std::string>& list) {
  out.key(name).begin_array();
  for (const std::string& one : list) out.value(one);
  out.end_array();
}

}  // namespace

std::string plugins_json(const ProviderManager& manager) {
  JsonWriter out;
  out.begin_object().key("plugins").begin_array();
  for (const ProviderState& state : manager.states()) {
    out.begin_object().field("name", state.name).field("slot", state.slot);
    out.field("role", state.role).field("scope", state.scope).field("id", state.id);
    out.field("version", state.version).field("status", to_string(state.status));
    out.field("reason", state.reason).field("generation", state.generation);
    if (state.standby != 0) out.field("standby", state.standby);
    out.field("file", state.file).field("sha256", state.sha256).field("trust", state.trust);
    out.field("signer", state.signer).field("slowCalls", state.slow_calls);
    write_list(out, "egress", state.egress);
    write_list(out, "slots", state.slots);
    out.end_object();
  }
  const PluginsSummary summary = manager.summary();
  out.end_array().field("safeMode", summary.safe_mode).field("mapped", summary.mapped);
  out.field("retired", summary.retired);
  write_list(out, "restartAdvised", summary.restart_advised);
  return out.end_object().take();
}

}  // namespace commsd::plugin
