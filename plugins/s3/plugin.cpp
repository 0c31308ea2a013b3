#include <comms/cpp/plugin.hpp>

#include "storage.h"

COMMS_PLUGIN(s3::Storage)
