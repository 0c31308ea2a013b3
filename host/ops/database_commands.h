#pragma once

#include "ops/control_registry.h"
#include "store/database_store.h"

namespace commsd::ops {

/// Adds, in the form of add_admin_commands:
///
///     database.backup  path -> {"path"}: a consistent copy, made while the server works. The path
///                      is absolute and nothing may be there; the server writes it.
///     database.check   -> {"sound":true}; rejected when there is damage
///     database.vacuum  -> {"vacuumed":true}
///
/// unsupported where the engine has tools of its own for that; the remedy names them.
void add_database_commands(ControlRegistry& registry, store::DatabaseStore& store);

}  // namespace commsd::ops
