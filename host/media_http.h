#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "net/http_client.h"
#include "plugin/provider_types.h"
#include "policy/media_limits.h"

namespace commsd {

// Where files and the network meet, as with fetch_document.h. Both go to public https addresses
// under the server's egress rules and follow no redirect.

/// A file that is open to everybody who has its URL. too_large; not_found; unavailable.
Task<Result<plugin::FetchedMedia>> fetch_file(net::HttpClient& client, std::string url,
                                              std::size_t most_bytes);

/// What a file's server says of it, asked by HEAD within seconds. Much may stay unknown.
/// invalid_argument: no vendor could fetch it there: the address is not public, or there is
/// nothing.
Task<Result<policy::FileFacts>> look_at_file(net::HttpClient& client, std::string url);

}  // namespace commsd
