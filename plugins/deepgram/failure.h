#pragma once

#include <comms/cpp/http.hpp>
#include <comms/svc/ws.h>

namespace deepgram {

/// What an answer that is no success means; with Deepgram's own code and a remedy.
comms::Error failure(const comms::HttpResponse& response);

/// Why a live session ended that was not ours to end.
comms::Error failure(const comms_ws_close& how);

}  // namespace deepgram
