#include <comms/cpp/plugin.hpp>

#include "postmark.h"

COMMS_PLUGIN(postmark::Postmark)
