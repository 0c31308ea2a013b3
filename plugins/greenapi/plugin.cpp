#include <comms/cpp/plugin.hpp>

#include "greenapi.h"

COMMS_PLUGIN(greenapi::Greenapi)
