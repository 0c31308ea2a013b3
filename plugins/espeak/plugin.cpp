#include <comms/cpp/plugin.hpp>

#include "espeak.h"

COMMS_PLUGIN(espeak::Espeak)
