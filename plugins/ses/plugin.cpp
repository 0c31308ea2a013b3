#include <comms/cpp/plugin.hpp>

#include "ses.h"

COMMS_PLUGIN(ses::Ses)
