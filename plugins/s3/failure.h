#pragma once

#include <comms/cpp/http.hpp>

namespace s3 {

/// What an answer means that is no success, by the code in its XML ("Error responses" in the S3 API
/// reference) and else by its HTTP status; answers to HEAD have no body.
comms::Error failure(const comms::HttpResponse& response);

}  // namespace s3
