#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"
#include "telemetry/log.h"

namespace commsd::plugin {

namespace {

log::Level level_of(std::int32_t level) {
  if (level <= COMMS_LOG_DEBUG) return log::Level::debug;
  if (level == COMMS_LOG_INFO) return log::Level::info;
  return level == COMMS_LOG_WARN ? log::Level::warn : log::Level::error;
}

/// Fields are folded into one value, "key=value key=value": their names are the plugin's, and a
/// name of ours must not be claimed by one ("plugin" would hide who spoke).
void write(const comms_host* host, std::int32_t level, comms_str line, const comms_kv* fields,
           std::size_t field_count) {
  const log::Level wanted = level_of(level);
  if (!log::enabled(wanted)) return;
  std::string details;
  for (std::size_t i = 0; i < field_count && i < 20; ++i) {
    if (!details.empty()) details += ' ';
    details += view(fields[i].key);
    details += '=';
    details += view(fields[i].value);
  }
  const std::string& provider = ServiceHost::from(host).identity().provider;
  switch (wanted) {
    case log::Level::debug:
      return log::debug("plugin_says",
                        {{"provider", provider}, {"line", view(line)}, {"details", details}});
    case log::Level::info:
      return log::info("plugin_says",
                       {{"provider", provider}, {"line", view(line)}, {"details", details}});
    case log::Level::warn:
      return log::warn("plugin_says",
                       {{"provider", provider}, {"line", view(line)}, {"details", details}});
    case log::Level::error:
      return log::error("plugin_says",
                        {{"provider", provider}, {"line", view(line)}, {"details", details}});
  }
}

std::int32_t enabled(const comms_host*, std::int32_t level) {
  return log::enabled(level_of(level)) ? 1 : 0;
}

}  // namespace

const comms_svc_log kLogService = {sizeof(comms_svc_log), 0, write, enabled};

}  // namespace commsd::plugin
