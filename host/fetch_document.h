#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "identity/fetch.h"
#include "net/http_client.h"

namespace commsd {

/// Fetches a JSON document (an issuer's keys, a client's description) for the identity room, which
/// knows no sockets: under the egress rules, within 5 s, at most 64 KB, with the lifetime that its
/// Cache-Control gives it, at most a week. unavailable for anything but a 200. `client` outlives
/// the task.
Task<Result<identity::FetchedDocument>> fetch_document(net::HttpClient& client, std::string url);

}  // namespace commsd
