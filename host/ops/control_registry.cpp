#include "ops/control_registry.h"

#include <cstdlib>
#include <utility>

#include "telemetry/log.h"

namespace commsd::ops {

void ControlRegistry::add(std::string name, std::string summary, Handler handler) {
  const auto [place, added] =
      commands_.try_emplace(name, Command{std::move(summary), std::move(handler)});
  if (!added) {
    log::error("control_command_registered_twice", {{"command", name}});
    std::abort();
  }
}

const ControlRegistry::Command* ControlRegistry::find(std::string_view name) const {
  const auto found = commands_.find(name);
  return found == commands_.end() ? nullptr : &found->second;
}

}  // namespace commsd::ops
