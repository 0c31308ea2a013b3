#include <comms/cpp/plugin.hpp>

#include "cloud.h"

COMMS_PLUGIN(whatsapp_cloud::Cloud)
