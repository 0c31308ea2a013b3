#include <comms/cpp/plugin.hpp>

#include "storage.h"

COMMS_PLUGIN(local_plugin::Storage)
