#include <comms/cpp/plugin.hpp>

#include "database.h"

COMMS_PLUGIN(sqlite_plugin::Database)
