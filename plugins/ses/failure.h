#pragma once

#include <comms/cpp/http.hpp>

namespace ses {

/// What an answer of SES that is no success means, with a remedy for the failures that people meet.
comms::Error failure(const comms::HttpResponse& response);

/// The same of S3, which answers in XML.
comms::Error s3_failure(const comms::HttpResponse& response);

}  // namespace ses
