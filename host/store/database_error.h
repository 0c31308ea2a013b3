#pragma once

#include <comms/slot/database.h>

#include "base/result.h"

namespace commsd::store {

/// Collects what the provider says about a failure during one call.
class DatabaseReport {
 public:
  DatabaseReport() : c_{this, &DatabaseReport::take} {}
  DatabaseReport(const DatabaseReport&) = delete;
  DatabaseReport& operator=(const DatabaseReport&) = delete;

  const comms_report* c() const { return &c_; }
  /// The error for `status`, with the detail that was reported.
  Error error(comms_status status) const;

 private:
  static void take(void* self, const comms_error* detail);

  comms_report c_;
  std::string message_;
  std::string vendor_code_;
  std::string remedy_;
};

/// unavailable for a database that is locked, full or gone: nothing was saved, and the caller may
/// repeat. ambiguous when the connection was lost inside COMMIT. internal for all that should not
/// happen. The provider's words go to the cause, because they name tables and paths.
Error database_error(comms_status status, std::string_view detail, std::string_view vendor_code,
                     std::string_view remedy);

}  // namespace commsd::store
