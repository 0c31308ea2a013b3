#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/dnc_repository.h"
#include "store/store.h"

namespace commsd::policy {

/// Takes over a do-not-call list from a file. Only keyed hashes of the numbers are kept. The whole
/// file is looked at before anything is stored, and the list that was there stays whole until the
/// new one is. [any executor] Reads the file where it runs: for administrators' commands.
class DncImport {
 public:
  DncImport(store::Store& store, const store::AuditLog& audit, const Clock& clock,
            std::string contact_key)
      : lists_(store),
        store_(store),
        audit_(audit),
        clock_(clock),
        contact_key_(std::move(contact_key)) {}

  struct Source {
    std::string org_id;  // "" = for every organization
    std::string name;    // of the registry, as the rules of the country name it
    std::string country;
    UnixMillis checked_at = 0;  // when the registry gave it out; not in the future
    std::string prefix;  // put before numbers without '+', such as "+1"; "" = none are allowed
  };

  /// `path` is absolute. One number a line, in E.164 form or as it is behind the prefix; spaces,
  /// dashes, dots, commas and brackets are left out, '#' begins a comment. invalid_argument names
  /// the line and what is wrong with it; not_found when there is no such file.
  Task<Result<store::DncList>> run(Source source, std::string path, std::string actor) const;

 private:
  store::DncRepository lists_;
  store::Store& store_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  std::string contact_key_;
};

}  // namespace commsd::policy
