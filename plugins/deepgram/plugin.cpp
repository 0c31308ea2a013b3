#include <comms/cpp/plugin.hpp>

#include "deepgram.h"

COMMS_PLUGIN(deepgram::Deepgram)
