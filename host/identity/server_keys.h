#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace commsd::identity {

/// A key of the server's own, 32 random bytes in hex, made at the first start and the same ever
/// after, on every worker of one database: it signs sessions ("session_key") or keys the hashes of
/// the suppression list ("contact_key").
Task<Result<std::string>> server_key(store::Store& store, std::string name, const Clock& clock,
                                     Random& random);

}  // namespace commsd::identity
