#pragma once

#include <comms/cpp/http.hpp>

namespace supabase_storage {

/// What an answer means that is no success. Supabase's storage answers most failures with HTTP 400
/// and says in the body what they are: {"statusCode":"404","error":"not_found","message":"…"}, in
/// newer versions with a "code" as well ("Error codes" in its documentation).
comms::Error failure(const comms::HttpResponse& response);

}  // namespace supabase_storage
