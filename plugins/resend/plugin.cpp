#include <comms/cpp/plugin.hpp>

#include "resend.h"

COMMS_PLUGIN(resend::Resend)
