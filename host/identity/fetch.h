#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/task.h"

namespace commsd::identity {

/// A document of another server, as the host's client got it.
struct FetchedDocument {
  std::string body;
  std::chrono::seconds max_age{0};  // what its Cache-Control allows; 0 = says nothing
};

/// Gets a JSON document by GET, under the egress rules, without redirects, with bounds of size and
/// time. Injected, because this room opens no sockets. Errors: unavailable for every failure, with
/// the reason as cause.
using Fetch = std::function<Task<Result<FetchedDocument>>(std::string url)>;

}  // namespace commsd::identity
