#include <comms/cpp/plugin.hpp>

#include "database.h"

COMMS_PLUGIN(postgres_plugin::Database)
