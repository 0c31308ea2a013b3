#pragma once

#include <string>

#include "base/result.h"

namespace commsd::api {

/// The HTTP status of an error; the one table for REST and webhooks.
int http_status(ErrorCode code);

/// {"error":{"code","message","remedy"?}}: nothing of Error::cause.
std::string error_body(const Error& error);

}  // namespace commsd::api
