#include <comms/cpp/plugin.hpp>

#include "sendgrid.h"

COMMS_PLUGIN(sendgrid::Sendgrid)
