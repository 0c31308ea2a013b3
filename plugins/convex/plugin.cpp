#include <comms/cpp/plugin.hpp>

#include "database.h"

COMMS_PLUGIN(convex_plugin::Database)
