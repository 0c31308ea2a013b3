#include <comms/cpp/plugin.hpp>

#include "database.h"

COMMS_PLUGIN(turso_plugin::Database)
