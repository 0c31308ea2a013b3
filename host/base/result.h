#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace commsd {

/// What went wrong, in terms a caller can act on. The wires map these to HTTP statuses, JSON-RPC
/// codes and tool errors in one table each; the names are part of the public API (`error.code`).
enum class ErrorCode {
  invalid_argument = 1,  // the request is wrong; repeating it unchanged is pointless
  unauthenticated,       // no valid credential
  permission_denied,     // a valid credential that may not do this
  not_found,             // no such thing in the caller's organization
  conflict,              // the thing exists, or changed meanwhile
  idempotency_mismatch,  // the key was used with other arguments
  in_progress,           // an identical request is running; ask again
  rate_limited,          // too fast; see retry_after
  too_large,             // over a documented size limit
  rejected,              // a rule, a vendor or a recipient refused; final, but see next_allowed_at
  unsupported,           // this provider or edition cannot do it
  unavailable,           // not now; nothing was done; safe to repeat
  timeout,               // no answer in time; nothing is known to have been done
  ambiguous,             // may or may not have been done; must not be repeated blindly
  cancelled,             // the caller went away
  internal,              // a fault of ours
};

/// Stable lower-case name, e.g. "invalid_argument". Never empty.
std::string_view to_string(ErrorCode code);

/// An error is a value. `message` is for the caller: it names what was wrong, where, and what to
/// do, and holds no secret. `cause` is for the log only and never leaves the server.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string cause;
  std::string vendor_code;                   // the vendor's own code, e.g. "21610"; may be empty
  std::string remedy;                        // what to do about it, one sentence; may be empty
  std::chrono::milliseconds retry_after{0};  // 0 = not stated
  std::string rule = {};                     // stable id of the rule that refused, e.g. "opt_out"
  std::int64_t next_allowed_at = 0;  // Unix milliseconds; when the rule lets it; 0 = not stated
};

template <typename T>
using Result = tl::expected<T, Error>;

/// An error that says what to do about it, and the id of the rule when one refused.
inline Error make_error(ErrorCode code, std::string message, std::string remedy = {},
                        std::string_view rule = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.remedy = std::move(remedy);
  error.rule = rule;
  return error;
}

/// `return fail(ErrorCode::not_found, "no agent 'a1' in this organization");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string cause = {}) {
  Error error = make_error(code, std::move(message));
  error.cause = std::move(cause);
  return tl::unexpected<Error>(std::move(error));
}

/// Passes an error on: `if (!agent) return fail(agent.error());`
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace commsd
