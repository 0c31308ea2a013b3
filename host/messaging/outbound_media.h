#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "policy/media_limits.h"

namespace commsd::messaging {

/// Looks at a file where it is. invalid_argument says why no vendor can fetch it there.
using LookAtFile = std::function<Task<Result<policy::FileFacts>>(std::string url)>;

}  // namespace commsd::messaging
