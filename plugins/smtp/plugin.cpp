#include <comms/cpp/plugin.hpp>

#include "smtp.h"

COMMS_PLUGIN(smtp::Smtp)
