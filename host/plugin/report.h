#pragma once

#include <comms/comms.h>

#include "base/result.h"

namespace commsd::plugin {

/// What a plugin says through `comms_report` during one call, copied.
struct Report {
  Error error;

  /// For the call's argument; must not outlive this report.
  comms_report handle() { return {this, &Report::fail}; }

 private:
  static void fail(void* ctx, const comms_error* said) {
    Error& error = static_cast<Report*>(ctx)->error;
    const auto text = [](comms_str value) {
      return value.ptr ? std::string(value.ptr, value.len) : std::string();
    };
    error.vendor_code = text(said->vendor_code);
    error.message = text(said->message);
    error.remedy = text(said->remedy);
  }
};

}  // namespace commsd::plugin
