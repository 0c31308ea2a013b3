#include <comms/cpp/plugin.hpp>

#include "elevenlabs.h"

COMMS_PLUGIN(elevenlabs::ElevenLabs)
