#include <comms/cpp/plugin.hpp>

#include "storage.h"

COMMS_PLUGIN(supabase_storage::Storage)
