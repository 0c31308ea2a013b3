#include "ops/plugin_commands.h"

#include "base/json_writer.h"
#include "plugin/plugins_json.h"

namespace commsd::ops {

Task<Result<std::string>> enable_plugin(PluginParts parts, std::string actor, std::string name) {
  Result<std::string> enabled = parts.providers.enable(name);
  if (!enabled) co_return fail(enabled.error());
  store::UnitOfWork unit;
  parts.audit.add_entry(unit, {"", std::move(actor), "plugin_enabled", *enabled, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  parts.reload();
  JsonWriter out;
  co_return out.begin_object().field("enabled", *enabled).end_object().take();
}

void add_plugin_commands(ControlRegistry& registry, PluginParts parts, plugin::UploadCodes& codes) {
  registry.add("plugins.upload_code", "Make a code for one upload of a plugin",
               [&codes](JsonValue) -> Task<Result<std::string>> {
                 JsonWriter out;
                 co_return out.begin_object().field("code", codes.issue()).end_object().take();
               });
  registry.add("plugins.list", "List plugins and providers",
               [parts](JsonValue) -> Task<Result<std::string>> {
                 co_return plugin::plugins_json(parts.providers);
               });
  registry.add(
      "plugins.enable", "Load a plugin again that was held back", [parts](JsonValue arguments) {
        return enable_plugin(parts, "commsctl", std::string(arguments.string("name").value_or("")));
      });
}

}  // namespace commsd::ops
